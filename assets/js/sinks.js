// What reaches the page passes here, whichever screen draws it: names and data in ZooKeeper were written by strangers.
(() => {
  // Markup. The program makes some of its elements from markup that is written in it, so one policy is needed. It lets through
  // plain elements with plain attributes: nothing that runs, loads, links or styles.
  const elements = "span|div|p|h[1-3]|ul|li|dl|dt|dd|code|kbd|table|thead|tbody|tr|th|td|svg|defs|marker|g|path|rect|circle|polyline|text";
  const attributes =
    "class|id|role|scope|colspan|tabindex|d|x|y|r|rx|cx|cy|points|width|height|viewBox|refX|refY|markerWidth|markerHeight|orient" +
    "|text-anchor|preserveAspectRatio|aria-[a-z]+|data-[a-z-]+";
  const piece = new RegExp(`</?(?:${elements})(?:\\s+(?:${attributes})="[^"<>&]*")*\\s*/?>|&(?:amp|lt|gt|quot|#39|#x27);`, "g");
  const createHTML = (markup) => {
    if (/[<>&]/.test(markup.replace(piece, ""))) throw new TypeError("markup that this site does not write");
    return markup;
  };
  if (window.trustedTypes) window.trustedTypes.createPolicy("default", { createHTML });

  // Text. What cannot be seen, or makes other text look different, is written out. The same characters as `visible.rs` of the
  // protocol; a browser test holds them against each other.
  const hidden =
    /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u00ad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\u{110bd}\u{110cd}\u{13430}-\u{1345f}\u{1bca0}-\u{1bca3}\u{1d173}-\u{1d17a}\u{e0000}-\u{e0fff}]/gu;
  const shown = (text) =>
    typeof text === "string" ? text.replace(hidden, (c) => `\\u{${c.codePointAt(0).toString(16)}}`) : text;
  const method = (prototype, name, change) => {
    const original = prototype[name];
    prototype[name] = function (...given) {
      return original.apply(this, change(given));
    };
  };
  const setter = (prototype, name) => {
    const property = Object.getOwnPropertyDescriptor(prototype, name);
    Object.defineProperty(prototype, name, {
      ...property,
      set(text) {
        property.set.call(this, shown(text));
      },
    });
  };
  method(Document.prototype, "createTextNode", ([text]) => [shown(text)]);
  setter(CharacterData.prototype, "data");
  setter(Node.prototype, "nodeValue");
  setter(Node.prototype, "textContent");
  setter(Document.prototype, "title");
  const read = /^(?:title|placeholder|alt|label|aria-.+)$/;
  method(Element.prototype, "setAttribute", ([name, text]) => [name, read.test(name) ? shown(text) : text]);
})();
