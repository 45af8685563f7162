// Puts what is live on the page in the place of what was, from a fresh copy of the page.
export async function refresh() {
  let answer;
  try {
    answer = await fetch(location.href, { headers: { accept: "text/html" } });
  } catch {
    return; // Not reached. What is shown says when it was read; the next try may succeed.
  }
  if (answer.redirected) return location.reload(); // Signed out meanwhile.
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const element of document.querySelectorAll("[data-live]")) {
    const now = fresh.querySelector(`[data-live="${element.dataset.live}"]`);
    if (now) element.replaceWith(document.adoptNode(now));
  }
  // The same islands stand on both copies, in the same order.
  const islands = fresh.querySelectorAll("main leptos-island");
  document.querySelectorAll("main leptos-island").forEach((island, n) => {
    const now = islands[n]?.dataset.props;
    if (now && now !== island.dataset.props) {
      island.dataset.props = now;
      island.dispatchEvent(new CustomEvent("props", { detail: now }));
    }
  });
}
