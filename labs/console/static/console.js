// What the page does by itself: Tab leaves the editor, and the server hears how it is looked at.
document.addEventListener("keydown", (event) => {
  // CodeMirror would indent; Ctrl-] and Ctrl-[ do that here. Never trap a keyboard (WCAG 2.1.2).
  if (event.key === "Tab" && event.target.closest?.(".cm-editor")) event.stopImmediatePropagation();
}, true);
// An editor has a name, as every field does; CodeMirror makes its own element, so it is named here.
new MutationObserver(() => {
  for (const editor of document.querySelectorAll(".cm-content:not([aria-label])")) {
    editor.setAttribute("aria-label", "Code; Tab leaves the editor");
    editor.tabIndex = 0; // it could be reached before, but not every reader knows that of editable text
  }
}).observe(document, { childList: true, subtree: true });
const queries = {
  dark: matchMedia("(prefers-color-scheme: dark)"),
  still: matchMedia("(prefers-reduced-motion: reduce)"),
  narrow: matchMedia("(max-width: 44rem)"),
};
const looks = () => Object.fromEntries(Object.entries(queries).map(([name, query]) => [name, query.matches]));
window.tellLooks = () => window.emitEvent && emitEvent("looks", looks());
for (const query of Object.values(queries)) query.addEventListener("change", window.tellLooks);
