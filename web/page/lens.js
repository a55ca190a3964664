// The camera, and the codes that it sees.

import { codes } from "./jigap_web.js";

// Pictures are looked at this wide, and this often at most, in milliseconds.
const WIDTH = 640;
const PAUSE = 60;

// Starts the camera that faces the `user` or the `environment`; fails where there is none, or it may not be used.
export async function camera(video, facing) {
  stop(video);
  const wanted = { facingMode: facing, width: { ideal: 1280 }, height: { ideal: 720 } };
  video.srcObject = await navigator.mediaDevices.getUserMedia({ video: wanted, audio: false });
  await video.play();
}

// Keeps the device awake while the page is seen.
export function awake() {
  if (document.visibilityState === "visible") navigator.wakeLock?.request("screen").catch(() => {});
}

export function stop(video) {
  video.srcObject?.getTracks().forEach((track) => track.stop());
  video.srcObject = null;
}

const still = document.createElement("canvas");
const lens = still.getContext("2d", { willReadFrequently: true });

// Looks, again and again, as `each` does it: hands each picture's codes over, and when the look began.
export function look(video, seen, each) {
  each(PAUSE, () => {
    if (!video.srcObject || video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA || !video.videoWidth) return;
    const began = performance.now();
    const scale = Math.min(1, WIDTH / video.videoWidth);
    still.width = Math.round(video.videoWidth * scale);
    still.height = Math.round(video.videoHeight * scale);
    lens.drawImage(video, 0, 0, still.width, still.height);
    const pixels = lens.getImageData(0, 0, still.width, still.height).data;
    seen(codes(pixels, still.width, still.height), began);
  });
}
