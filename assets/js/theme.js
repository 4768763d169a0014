// Sets the remembered colours before the first paint, so that nothing flashes.
try {
  const theme = localStorage.getItem("zooscope.theme");
  if (theme === "dark" || theme === "light") document.documentElement.setAttribute("data-theme", theme);
} catch {
  // A browser that remembers nothing shows the colours of its system.
}
