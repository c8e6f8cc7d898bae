"use strict";
/* Moving and scaling a drawing by its view box: wheel, drag, two fingers, keys. */
RW.move = (function () {
  const STEP = 1.25;
  let dragged = false;

  /* A click that ends a drag is none. */
  const click = (fn) => (event) => { if (!dragged) fn(event); };
  const enter = (fn) => (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    event.stopPropagation();
    fn(event);
  };

  function zoom(plan, by, px, py) {
    const b = plan.box(), h = plan.home(), size = plan.root.getBoundingClientRect();
    const w = Math.min(Math.max(b.w * by, plan.closest), 3 * h.w), real = w / b.w, px_mm = plan.pixel();
    const fx = px === undefined ? b.x + b.w / 2 : b.x + b.w / 2 + (px - size.left - size.width / 2) * px_mm;
    const fy = py === undefined ? b.y + b.h / 2 : b.y + b.h / 2 + (py - size.top - size.height / 2) * px_mm;
    plan.show({x: fx - (fx - b.x) * real, y: fy - (fy - b.y) * real, w: w, h: b.h * real});
  }

  function pan(plan, dx, dy) {
    const b = plan.box(), px = plan.pixel();
    plan.show({x: b.x - dx * px, y: b.y - dy * px, w: b.w, h: b.h});
  }

  /* A drawing that is moved and scaled by its view box: `home` is all of it, `closest` the least width in its units. `shown(units of a pixel)` after each move. */
  function boxed(root, home, closest, shown) {
    let box = null;
    const pixel = () => {
      const size = root.getBoundingClientRect();
      return size.width && size.height ? Math.max(box.w / size.width, box.h / size.height) : box.w / 1000;
    };
    const show = (wanted) => {
      box = wanted;
      root.setAttribute("viewBox", `${box.x} ${box.y} ${box.w} ${box.h}`);
      const px = pixel();
      root.style.setProperty("--px", px + "px");
      shown(px);
    };
    const made = {root: root, box: () => box, home: () => home, closest: closest, pixel: pixel, show: show, fit: () => show(Object.assign({}, home))};
    attach(root, made);
    return made;
  }

  function attach(root, plan) {
    const fingers = new Map();
    let start = null, frame = 0, waiting = [];
    /* Several moves between two frames are one. */
    const later = (fn) => {
      waiting.push(fn);
      if (!frame) frame = requestAnimationFrame(() => { frame = 0; const all = waiting; waiting = []; for (const f of all) f(); });
    };
    root.addEventListener("wheel", (event) => {
      event.preventDefault();
      const by = Math.exp(Math.max(-80, Math.min(80, event.deltaMode ? 30 * event.deltaY : event.deltaY)) / 320), x = event.clientX, y = event.clientY;
      later(() => zoom(plan, by, x, y));
    }, {passive: false});
    root.addEventListener("pointerdown", (event) => {
      if (event.button) return;
      fingers.set(event.pointerId, [event.clientX, event.clientY]);
      start = [event.clientX, event.clientY];
      if (fingers.size === 1) dragged = false;
    });
    root.addEventListener("pointermove", (event) => {
      const last = fingers.get(event.pointerId);
      if (!last) return;
      const now = [event.clientX, event.clientY];
      if (!dragged && Math.hypot(now[0] - start[0], now[1] - start[1]) < 4) return;
      if (!dragged) root.setPointerCapture(event.pointerId);
      dragged = true;
      if (fingers.size === 1) later(() => pan(plan, now[0] - last[0], now[1] - last[1]));
      else {
        const other = Array.from(fingers).find(([id]) => id !== event.pointerId)[1];
        const before = Math.hypot(last[0] - other[0], last[1] - other[1]), after = Math.hypot(now[0] - other[0], now[1] - other[1]);
        if (before > 0 && after > 0) later(() => zoom(plan, before / after, (now[0] + other[0]) / 2, (now[1] + other[1]) / 2));
      }
      fingers.set(event.pointerId, now);
    });
    const up = (event) => { fingers.delete(event.pointerId); if (!fingers.size) setTimeout(() => { dragged = false; }, 0); };
    root.addEventListener("pointerup", up);
    root.addEventListener("pointercancel", up);
    root.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const moves = {ArrowLeft: [60, 0], ArrowRight: [-60, 0], ArrowUp: [0, 60], ArrowDown: [0, -60]};
      if (event.target !== root && moves[event.key] && neighbour(root, event)) return;
      if (moves[event.key]) pan(plan, ...moves[event.key]);
      else if (event.key === "+" || event.key === "=") zoom(plan, 1 / STEP);
      else if (event.key === "-") zoom(plan, STEP);
      else if (event.key === "0" || event.key === "Home") plan.fit();
      else return;
      event.preventDefault();
    });
  }

  /* Arrow keys on a rack go to the nearest rack that way, which then alone is in the order of the tab key. */
  function neighbour(root, event) {
    const from = event.target.closest(".rack");
    if (!from) return false;
    const way = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1]}[event.key], a = middle(from);
    let best = null, least = Infinity;
    for (const e of root.querySelectorAll(".rack")) {
      const b = middle(e), along = (b[0] - a[0]) * way[0] + (b[1] - a[1]) * way[1], aside = Math.abs((b[0] - a[0]) * way[1]) + Math.abs((b[1] - a[1]) * way[0]);
      if (e === from || along <= 1) continue;
      if (along + 4 * aside < least) { least = along + 4 * aside; best = e; }
    }
    event.preventDefault();
    if (best) {
      from.setAttribute("tabindex", "-1");
      best.setAttribute("tabindex", "0");
      best.focus();
    }
    return true;
  }

  const middle = (e) => [Number(e.getAttribute("x")) + Number(e.getAttribute("width")) / 2, Number(e.getAttribute("y")) + Number(e.getAttribute("height")) / 2];

  return {boxed: boxed, click: click, enter: enter, zoom: zoom, pan: pan};
})();
