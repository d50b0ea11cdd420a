// Looks for new messages every second while the page is seen.

const box = document.getElementById("messages");

async function look() {
  if (document.visibilityState !== "visible") return;
  try {
    const seen = box.firstElementChild.dataset.seen;
    const answer = await fetch(`/demo/phone/messages?seen=${seen}`);
    if (answer.status === 200) box.innerHTML = await answer.text(); // our own template, escaped there
  } catch {
    // The server is away; the next look may find it.
  }
}

setInterval(look, 1_000);
document.addEventListener("visibilitychange", look);
