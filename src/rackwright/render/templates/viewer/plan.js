"use strict";
/* The plan: the campus with its halls, or one hall rack by rack, in true proportions. Millimetres of the campus, y upwards; a hall much deeper than wide lies
   on its side, as in the floor plan of the report. Moved and scaled by its view box. */
RW.plan = (function () {
  const LEVELS = {data: 0, fibre: 1, power: -1};
  const DEEP = 1.3;
  let root, drawn = "", sheet = null, isTurned = false, painted = null;

  /* Where a point of the campus is drawn. */
  const place = (x, y) => (isTurned ? [y, x] : [x, -y]);

  /* x0, x1, y0, y1 of a rack; its front left corner, its width along the row and its depth behind the front are given. */
  RW.footprint = function (i) {
    const r = RW.data.racks;
    return corners(r.x_mm[i], r.y_mm[i], r.width_mm[i], r.depth_mm[i], r.faces[i]);
  };

  function corners(x, y, w, d, faces) {
    if (faces === 1) return [x - w, x, y - d, y];
    if (faces === -1) return [x, x + w, y, y + d];
    if (faces === 2) return [x - d, x, y, y + w];
    return [x, x + d, y - w, y];
  }

  function extent(hall) {
    const h = RW.data.halls, halls = hall >= 0 ? [hall] : Array.from({length: h.rows}, (_, i) => i);
    let x0 = Infinity, x1 = -Infinity, y0 = Infinity, y1 = -Infinity;
    for (const i of halls) {
      x0 = Math.min(x0, h.x_mm[i]); x1 = Math.max(x1, h.x_mm[i] + h.width_mm[i]);
      y0 = Math.min(y0, h.y_mm[i]); y1 = Math.max(y1, h.y_mm[i] + h.depth_mm[i]);
    }
    return [x0, x1, y0, y1];
  }

  function rect(x0, x1, y0, y1, about) {
    const [ax, ay] = place(x0, y0), [bx, by] = place(x1, y1);
    return RW.svg("rect", Object.assign({x: Math.min(ax, bx), y: Math.min(ay, by), width: Math.abs(bx - ax), height: Math.abs(by - ay)}, about));
  }

  /* The same as a piece of a path. */
  function outline(x0, x1, y0, y1) {
    const [ax, ay] = place(x0, y0), [bx, by] = place(x1, y1);
    return `M${ax} ${ay}H${bx}V${by}H${ax}Z`;
  }

  function segment(i, off, about) {
    const t = RW.data.trays, [ax, ay] = place(t.a_x_mm[i], t.a_y_mm[i]), [bx, by] = place(t.b_x_mm[i], t.b_y_mm[i]);
    return RW.svg("line", Object.assign({x1: ax + off, y1: ay - off, x2: bx + off, y2: by - off}, about));
  }

  /* Everything anew: another hall, or the campus. */
  function draw(stage, hall) {
    const key = hall < 0 ? "campus" : "hall " + hall;
    if (drawn === key && root.isConnected) { colour(); return; }
    drawn = key;
    painted = null;
    isTurned = hall >= 0 && RW.data.halls.depth_mm[hall] > DEEP * RW.data.halls.width_mm[hall];
    const what = hall < 0 ? "Plan of the campus" : "Plan of hall " + RW.data.halls.name[hall];
    root = RW.svg("svg", {class: "plan", role: "group", "aria-label": what + ". Arrow keys move it, plus and minus scale it.", tabindex: "0"});
    const shown = hall < 0 ? campus() : one(hall);
    root.append(...shown, RW.svg("g", {class: "gone"}), RW.svg("g", {class: "route", "aria-hidden": "true"}), RW.svg("g", {class: "picked", "aria-hidden": "true"}));
    stage.replaceChildren(root, scaleBar());
    const [x0, x1, y0, y1] = extent(hall), spare = Math.max(x1 - x0, y1 - y0) * 0.04 + 600;
    const [ax, ay] = place(x0, y0), [bx, by] = place(x1, y1), low = [Math.min(ax, bx) - spare, Math.min(ay, by) - spare];
    sheet = RW.move.boxed(root, {x: low[0], y: low[1], w: Math.abs(bx - ax) + 2 * spare, h: Math.abs(by - ay) + 2 * spare}, 1500, shown_at);
    sheet.fit();
    colour();
  }

  function campus() {
    const h = RW.data.halls, text = Math.max(...h.width_mm, ...h.depth_mm) / 14;
    const ducts = RW.svg("g", {class: "trays"}, ...trays(-1, false), ...trays(-1, true));
    const halls = Array.from({length: h.rows}, (_, i) => {
      const label = `Hall ${h.name[i]}: ${RW.words.many(h.racks[i] + h.switch_racks[i], "rack")}, ${RW.words.watt(h.power_w[i])}`;
      const open = () => RW.go({view: "hall", hall: i});
      return RW.svg("g", {class: "hall", "data-hall": i, role: "button", tabindex: "0", "aria-label": label, on: {click: RW.move.click(open), keydown: RW.move.enter(open)}},
        RW.svg("title", {text: label}), rect(h.x_mm[i], h.x_mm[i] + h.width_mm[i], h.y_mm[i], h.y_mm[i] + h.depth_mm[i], {class: "floor"}),
        RW.svg("g", {class: "cells"}),
        RW.svg("text", {class: "hall-name", x: h.x_mm[i], y: -(h.y_mm[i] + h.depth_mm[i]) - text * 0.3, "font-size": text, text: h.name[i]}));
    });
    return [RW.svg("g", {class: "halls"}, ...halls), ducts];
  }

  function one(hall) {
    const h = RW.data.halls, r = RW.data.racks, parts = [];
    parts.push(rect(h.x_mm[hall], h.x_mm[hall] + h.width_mm[hall], h.y_mm[hall], h.y_mm[hall] + h.depth_mm[hall], {class: "floor"}));
    parts.push(RW.svg("g", {class: "areas"}, ...areas(hall)), RW.svg("g", {class: "lines"}, ...rows(hall)));
    const racks = [], fronts = [], names = [];
    for (let i = 0; i < r.rows; i++) {
      if (r.hall_id[i] !== hall) continue;
      const [x0, x1, y0, y1] = RW.footprint(i), line = 0.07 * r.depth_mm[i], open = () => RW.select.rack(i);
      racks.push(rect(x0, x1, y0, y1, {class: "rack", "data-rack": i, role: "button", tabindex: "-1", "aria-label": RW.rackWords(i), on: {click: RW.move.click(open), dblclick: () => RW.go({view: "rack", rack: i}), keydown: RW.move.enter(open)}}));
      racks[racks.length - 1].append(RW.svg("title", {text: RW.rackWords(i)}));
      const f = {1: [x0, x1, y1 - line, y1], "-1": [x0, x1, y0, y0 + line], 2: [x1 - line, x1, y0, y1], "-2": [x0, x0 + line, y0, y1]}[r.faces[i]];
      fronts.push(outline(...f));
      const [nx, ny] = {1: [0, 1], "-1": [0, -1], 2: [1, 0], "-2": [-1, 0]}[r.faces[i]].map((way) => way * 0.29 * r.depth_mm[i]);
      const [tx, ty] = place((x0 + x1) / 2 + nx, (y0 + y1) / 2 + ny);
      names.push(RW.svg("text", {x: tx, y: ty + 70, "font-size": 200, text: String(r.position[i] + 1).padStart(2, "0")}));
    }
    if (racks.length) racks[0].setAttribute("tabindex", "0");
    parts.push(RW.svg("g", {class: "trays"}, ...trays(hall, true)), RW.svg("g", {class: "racks", role: "group", "aria-label": "Racks"}, ...racks), RW.svg("path", {class: "fronts", d: fronts.join("")}));
    parts.push(RW.svg("g", {class: "numbers", "aria-hidden": "true"}, ...names), RW.svg("g", {class: "trays"}, ...trays(hall, false)));
    return parts;
  }

  function areas(hall) {
    const a = RW.data.areas, made = [];
    for (let i = 0; i < a.rows; i++) {
      if (a.hall_id[i] !== hall) continue;
      const css = a.kind[i] === "column" ? "column" : a.kind[i] === "door" ? "doorway" : "keep-out";
      made.push(rect(a.x_mm[i], a.x_mm[i] + a.width_mm[i], a.y_mm[i], a.y_mm[i] + a.depth_mm[i], {class: css}));
      made[made.length - 1].append(RW.svg("title", {text: a.text[i] || a.kind[i]}));
    }
    return made;
  }

  /* Outlines of the rows, and their letters beside them. */
  function rows(hall) {
    const r = RW.data.rows, made = [], own = Array.from(r.hall_id.keys()).filter((i) => r.hall_id[i] === hall), wall = RW.data.halls.x_mm[hall];
    const isApart = new Set(own.map((i) => r.y_mm[i])).size === own.length;  // no two rows stand in line: letters go to the wall
    for (const i of own) {
      made.push(rect(r.x_mm[i], r.x_mm[i] + r.width_mm[i], r.y_mm[i], r.y_mm[i] + r.depth_mm[i], {class: "places"}));
      const isAlong = Math.abs(r.faces[i]) === 2;
      const [x, y] = isAlong ? place(r.x_mm[i] + r.width_mm[i] / 2, r.y_mm[i]) : place(isApart ? wall : r.x_mm[i], r.y_mm[i] + r.depth_mm[i] / 2);
      const at = isAlong === isTurned ? [x - 250, y + 200, "end"] : [x, isTurned ? y - 300 : y + 850, "middle"];
      made.push(RW.svg("text", {class: "letter", x: at[0], y: at[1], "text-anchor": at[2], text: r.name[i]}));
    }
    return made;
  }

  /* Lines of the trays; or what is clicked of them, broad and unseen, which lies under the racks so that these can be chosen. */
  function trays(hall, isHit) {
    const t = RW.data.trays, made = [];
    for (let i = 0; i < t.rows; i++) {
      if (t.hall_id[i] !== hall) continue;
      const off = 90 * (LEVELS[t.level[i]] || 0);
      if (!isHit) { made.push(segment(i, off, {class: `tray level-${t.level[i]} ${RW.colours.tray(i).css}`, "data-tray": i})); continue; }
      const hit = segment(i, off, {class: "hit", on: {click: RW.move.click(() => RW.select.tray(i))}});
      hit.append(RW.svg("title", {text: RW.trayWords(i)}));
      made.push(hit);
    }
    return made;
  }

  /* Classes of the racks as they are now; of a campus, one shape for each colour of a hall. */
  function colour() {
    root.classList.toggle("no-trays", !RW.state.trays);
    root.classList.toggle("by-trays", RW.state.colour === "trays");
    if (painted !== RW.colours.now()) paint(RW.colours.now());
    picked();
    route();
  }

  function paint(now) {
    const css = now.css, r = RW.data.racks;
    painted = now;
    if (drawn === "campus") {
      const shapes = Array.from({length: RW.data.halls.rows}, () => new Map());
      for (let i = 0; i < r.rows; i++) {
        const [x0, x1, y0, y1] = RW.footprint(i), own = shapes[r.hall_id[i]];
        if (!own.has(css[i])) own.set(css[i], []);
        own.get(css[i]).push(outline(x0, x1, y0, y1));
      }
      for (const g of root.querySelectorAll(".hall")) {
        const own = shapes[Number(g.dataset.hall)];
        g.querySelector(".cells").replaceChildren(...Array.from(own, ([name, d]) => RW.svg("path", {class: name, d: d.join("")})));
      }
    } else for (const e of root.querySelectorAll(".rack")) e.setAttribute("class", "rack " + css[Number(e.dataset.rack)]);
    gone();
  }

  /* Racks of the earlier package that are no more: outlines where they stood, filled while that side is shown. */
  function gone() {
    const g = root.querySelector(".gone"), shown = RW.against && RW.state.colour === "change" ? RW.against.gone(drawn === "campus" ? -1 : RW.state.hall) : [];
    g.classList.toggle("filled", RW.state.side === "before");
    g.replaceChildren(...shown.map((r) => {
      const made = rect(...corners(r.x_mm, r.y_mm, r.width_mm, r.depth_mm, r.faces), {"data-gone": r.name});
      made.append(RW.svg("title", {text: r.name + " is gone"}));
      return made;
    }));
  }

  function picked() {
    const g = root.querySelector(".picked"), s = RW.state, made = [];
    if (s.rack >= 0 && (drawn === "campus" || RW.data.racks.hall_id[s.rack] === RW.state.hall)) {
      const [x0, x1, y0, y1] = RW.footprint(s.rack);
      made.push(rect(x0 - 60, x1 + 60, y0 - 60, y1 + 60, {class: "ring"}));
    }
    if (s.part) {
      for (const i of RW.parts.racks(s.part)) {
        if (drawn !== "campus" && RW.data.racks.hall_id[i] !== s.hall) continue;
        const [x0, x1, y0, y1] = RW.footprint(i);
        made.push(rect(x0, x1, y0, y1, {class: "ring thin"}));
      }
    }
    if (s.tray >= 0 && s.tray < RW.data.trays.rows) {
      made.push(segment(s.tray, 0, {class: "ring"}));
    }
    g.replaceChildren(...made);
  }

  function route() {
    const g = root.querySelector(".route"), r = RW.route;
    root.classList.toggle("has-route", Boolean(r));
    if (!r) { g.replaceChildren(); return; }
    const points = r.points.map((p) => place(Math.round(p[0]), Math.round(p[1]))), d = points.length ? "M" + points.map((p) => p.join(" ")).join("L") : "";
    const ends = points.length ? [points[0], points[points.length - 1]] : [];
    g.replaceChildren(RW.svg("path", {class: "halo", d: d}), RW.svg("path", {class: "way", d: d}),
      ...ends.map((p, i) => RW.svg("circle", {class: "end", cx: p[0], cy: p[1], r: 5, "data-end": "ab"[i]})));
  }

  /* Bring some points into sight, no closer than 12 m across. */
  function look(points) {
    const at = points.map((p) => place(p[0], p[1])), xs = at.map((p) => p[0]), ys = at.map((p) => p[1]), wide = Math.max(12000, (Math.max(...xs) - Math.min(...xs)) * 1.25, (Math.max(...ys) - Math.min(...ys)) * 1.25);
    const cx = (Math.max(...xs) + Math.min(...xs)) / 2, cy = (Math.max(...ys) + Math.min(...ys)) / 2;
    sheet.show({x: cx - wide / 2, y: cy - wide / 2, w: wide, h: wide});
  }

  function shown_at(px) {
    root.classList.toggle("near", px < 22);
    scale(px);
  }

  function scaleBar() { return RW.el("div", {class: "scale", "aria-hidden": "true"}, RW.el("i", {}), RW.el("span", {})); }

  function scale(px) {
    const bar = root.parentNode && root.parentNode.querySelector(".scale");
    if (!bar) return;
    const metres = [0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500].reverse().find((m) => m * 1000 / px <= 150) || 0.5;
    bar.querySelector("i").style.width = metres * 1000 / px + "px";
    bar.querySelector("span").textContent = metres + " m";
  }

  return {draw: draw, colour: colour, look: look, route: route, picked: picked, sheet: () => sheet};
})();
