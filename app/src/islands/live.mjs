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
  for (const island of document.querySelectorAll("leptos-island[data-props]")) {
    const now = fresh.querySelector(`leptos-island[data-component="${island.dataset.component}"]`);
    if (now && now.dataset.props !== island.dataset.props) {
      island.dataset.props = now.dataset.props;
      island.dispatchEvent(new CustomEvent("props", { detail: now.dataset.props }));
    }
  }
}
