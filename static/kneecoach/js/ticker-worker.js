// A clock tick every 50 ms from outside the page's own timers, which a browser slows down at will. What time it is, the
// page reads for itself.
setInterval(() => postMessage(0), 50);
