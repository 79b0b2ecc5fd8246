// Before anything is drawn: the colour scheme that was chosen, or the system's.
(() => {
  let chosen = "auto";
  try {
    chosen = localStorage.getItem("deskhand-scheme") || "auto";
  } catch {}
  const dark =
    chosen === "dark" || (chosen !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.setAttribute("data-mantine-color-scheme", dark ? "dark" : "light");
})();
