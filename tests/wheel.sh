#!/usr/bin/env bash
# Builds the wheel, installs it into an empty environment and runs it from an empty folder.
set -euo pipefail
uv=$(uv --version >/dev/null 2>&1 && echo uv || echo "$PWD/.tools/bin/uv")
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
"$uv" build --quiet --wheel --out-dir "$place/dist"
"$uv" venv --quiet "$place/empty"
"$uv" pip install --quiet --python "$place/empty/bin/python" "$place"/dist/*.whl
cd "$place"
"$place/empty/bin/tellonce" config check
echo '{"id":"1","text":"I moved to 12 Oak Street"}' | "$place/empty/bin/tellonce" parse | grep -q '"starts": *\["address"\]'
"$place/empty/bin/python" -c 'from importlib.resources import files; assert files("bot").joinpath("static/vendor").is_dir()'
echo "wheel: ok"
