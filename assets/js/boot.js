// Loads the program. What goes wrong before it runs can only be said here.
import init from "{{site.js}}";

init({ module_or_path: "{{site.wasm}}" }).catch((error) => {
  const words = document.getElementById("shell-words");
  if (words) words.textContent = `The site could not start: ${error.message}. Reload the page; if it stays, use a newer browser.`;
  throw error;
});
