// Loads the report anew when the server says that there is another one, and keeps the reader's place on the page.
"use strict";
const frame = document.getElementById("page");
let shown = null;
let place = 0;
frame.addEventListener("load", () => frame.contentWindow.scrollTo(0, place));
new EventSource("events").addEventListener("message", (event) => {
  if (shown !== null && shown !== event.data) {
    place = frame.contentWindow.scrollY;
    frame.contentWindow.location.replace("page");
  }
  shown = event.data;
});
