"use strict";
/* Mouse, touch and keys over a hall in three dimensions. */
(function () {
  RW.hands3d = function ({canvas, controls, tip, under, view, scale, request, isOver, hall}) {
    let down = null, isAsked = 0;
    const listen = (event, fn) => canvas.addEventListener(event, fn);
    listen("pointerdown", (event) => { down = event.button === 0 && event.isPrimary ? [event.clientX, event.clientY] : null; tip.hidden = true; });
    listen("pointerup", (event) => {
      if (!down || Math.hypot(event.clientX - down[0], event.clientY - down[1]) > 4) { down = null; return; }
      down = null;
      const found = under(event);
      if (found && "rack" in found) RW.select.rack(found.rack);
      else if (found) RW.select.tray(found.tray);
    });
    listen("dblclick", (event) => { const found = under(event); if (found && "rack" in found) RW.go({view: "rack", rack: found.rack}); });
    listen("pointermove", (event) => {
      if (event.buttons || event.pointerType === "touch" || isAsked) return;
      isAsked = requestAnimationFrame(() => {
        isAsked = 0;
        const found = isOver() ? null : under(event);
        tip.hidden = !found;
        canvas.style.cursor = found ? "pointer" : "";
        if (!found) return;
        tip.textContent = "rack" in found ? RW.rackWords(found.rack) : RW.trayWords(found.tray);
        const place = canvas.getBoundingClientRect(), x = event.clientX - place.left;
        tip.style.transform = `translate(${Math.round(x)}px,${Math.round(event.clientY - place.top + 18)}px)` + (x > place.width / 2 ? " translate(-100%,0)" : "");
      });
    });
    listen("pointerleave", () => { tip.hidden = true; });
    listen("webglcontextrestored", request);
    listen("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const step = 0.12, move = {ArrowLeft: [1, 0], ArrowRight: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1]}[event.key];
      if (move && event.shiftKey) controls.pan(move[0] * 40, move[1] * 40);
      else if (move) { if (move[0]) controls.rotateLeft(move[0] * step); else controls.rotateUp(move[1] * step); }
      else if (event.key === "+" || event.key === "=") scale(0.85);
      else if (event.key === "-") scale(1 / 0.85);
      else if (event.key === "0" || event.key === "1") view("corner");
      else if (event.key === "2") view("aisle");
      else if (event.key === "3") view("top");
      else if (event.key === "PageDown" || event.key === "PageUp") next(event.key === "PageDown" ? 1 : -1);
      else if (event.key === "Enter" && RW.state.rack >= 0) RW.go({view: "rack"});
      else return;
      event.preventDefault();
      request();
    });

    function next(way) {
      const r = RW.data.racks, all = Array.from(r.hall_id.keys()).filter((i) => r.hall_id[i] === hall()).sort((a, b) => r.row[a] - r.row[b] || r.position[a] - r.position[b]);
      if (all.length) RW.select.rack(all[(Math.max(all.indexOf(RW.state.rack), way > 0 ? -1 : 0) + way + all.length) % all.length]);
    }
  };
})();
