// The SHA-256 of a chosen file goes into the field beside it; the file itself never leaves the computer. Without this
// script, or outside https, the digits are typed.

function offer(root) {
  for (const place of root.querySelectorAll("[data-hash]")) place.hidden = false;
}

if (globalThis.crypto?.subtle) {
  offer(document);
  document.addEventListener("htmx:after:swap", () => offer(document));
  document.addEventListener("change", async (event) => {
    const place = event.target instanceof HTMLInputElement && event.target.type === "file" && event.target.closest("[data-hash]");
    const file = place && event.target.files[0];
    if (!file) return;
    const digest = await crypto.subtle.digest("SHA-256", await file.arrayBuffer());
    const field = place.closest("form").elements.namedItem(place.dataset.hash);
    field.value = [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    field.focus();
  });
}
