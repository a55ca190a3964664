// QR codes drawn on a canvas.

import { modules } from "./jigap_web.js";

// Draws the code, which is called `name`, or hides the canvas where there is none.
export function draw(canvas, code, name) {
  canvas.hidden = !code;
  if (!code) return;
  const dark = modules(code);
  const [width, quiet, scale] = [Math.sqrt(dark.length), 4, 8];
  canvas.width = canvas.height = (width + 2 * quiet) * scale;
  const pen = canvas.getContext("2d");
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.fillStyle = "#000";
  dark.forEach((is_dark, at) => {
    if (is_dark) pen.fillRect((quiet + (at % width)) * scale, (quiet + Math.floor(at / width)) * scale, scale, scale);
  });
  canvas.dataset.code = code;
  canvas.setAttribute("aria-label", name);
}
