// A keyboard can scroll what is too wide, and a screen reader hears the levels of the headings in the sidebar.
addEventListener("DOMContentLoaded", () => {
  for (const box of document.querySelectorAll("div.highlight > pre, div.table-wrapper, div.math")) {
    if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
  }
  for (const caption of document.querySelectorAll("p.caption[role=heading]")) caption.setAttribute("aria-level", "2");
  document.querySelector("aside.sidebar-drawer")?.setAttribute("aria-label", "All pages");
});
