"use strict";
/* What a hall in three dimensions is made of: the box of a rack or a tray, the picture on a rack's sides; and what draws it. */
(function () {
  const SHADES = {top: 1, front: 0.98, rear: 0.86, left: 0.8, right: 0.74, under: 0.5};

  const SIDES = [["top", [[-1, 1, 1], [1, 1, 1], [1, -1, 1], [-1, -1, 1]]], ["front", [[1, 1, 0], [-1, 1, 0], [-1, 1, 1], [1, 1, 1]]], ["rear", [[-1, -1, 0], [1, -1, 0], [1, -1, 1], [-1, -1, 1]]],
    ["left", [[1, -1, 0], [1, 1, 0], [1, 1, 1], [1, -1, 1]]], ["right", [[-1, 1, 0], [-1, -1, 0], [-1, -1, 1], [-1, 1, 1]]], ["under", [[-1, -1, 0], [1, -1, 0], [1, 1, 0], [-1, 1, 0]]]];
  const ON = {top: [0, 0.5, 0.91, 1], front: [0, 0.5, 0, 0.9], rear: [0.5, 1, 0, 0.9], left: [0.5, 1, 0.91, 1], right: [0.5, 1, 0.91, 1], under: [0.5, 1, 0.91, 1]};
  const PAD = 0.004;

  /* A box of side 1 that stands on the origin, or lies around it; its front looks to higher y. `uvs` are places in the picture of `faces`. */
  function unit(names, isCentred) {
    const spots = [], uvs = [], shades = [], order = [], sides = [];
    for (const [name, points] of SIDES.filter(([side]) => !names || names.includes(side))) {
      sides.push(name);
      const first = spots.length / 3, [u0, u1, v0, v1] = ON[name];
      points.forEach(([x, y, z], n) => {
        spots.push(x / 2, y / 2, isCentred ? z - 0.5 : z);
        uvs.push(n === 0 || n === 3 ? u0 + PAD : u1 - PAD, name === "top" ? (y > 0 ? v1 - PAD : v0 + PAD) : z ? v1 - PAD : v0 + PAD);
        shades.push(SHADES[name]);
      });
      order.push(...(name === "top" ? [0, 2, 1, 0, 3, 2] : [0, 1, 2, 0, 2, 3]).map((k) => first + k));
    }
    return {spots: spots, uvs: uvs, shades: shades, order: order, names: sides};
  }

  /* The box that bars are instances of. */
  function bar() {
    const of = unit(null, true), made = new THREE.BufferGeometry();
    made.setAttribute("position", new THREE.BufferAttribute(new Float32Array(of.spots), 3));
    made.setIndex(of.order);
    return made;
  }

  /* Boxes as one mesh, which software draws several times faster than instances: `places` [x, y, z of the foot, turn, length, depth, height], metres;
     `about.sides` they have, `about.hides(n)` what of them nobody sees. With `paint(n, colour)` for the n-th box, `of(face)`, the box that a face
     belongs to, and `corners(n)`. */
  function boxes(places, material, about) {
    const of = unit(about.sides), one = of.shades.length, owner = [], shape = new THREE.BufferGeometry();
    const spots = new Float32Array(places.length * one * 3), shades = new Uint8Array(places.length * one * 4).fill(255), order = [];
    places.forEach(([x, y, z, turn, long, deep, tall], n) => {
      const c = Math.cos(turn), s = Math.sin(turn);
      for (let k = 0; k < one; k++) {
        const a = of.spots[3 * k] * long, b = of.spots[3 * k + 1] * deep;
        spots.set([x + c * a - s * b, y + s * a + c * b, z + of.spots[3 * k + 2] * tall], 3 * (n * one + k));
      }
      const unseen = about.hides ? about.hides(n) : [];
      of.names.forEach((name, side) => {
        if (unseen.includes(name)) return;
        for (let k = 6 * side; k < 6 * side + 6; k++) order.push(n * one + of.order[k]);
        owner.push(n, n);
      });
    });
    shape.setAttribute("position", new THREE.BufferAttribute(spots, 3));
    shape.setAttribute("color", new THREE.BufferAttribute(shades, 4, true));
    if (material.map) {
      const uvs = new Uint16Array(places.length * one * 2), mine = of.uvs.map((v) => Math.round(65535 * v));
      for (let n = 0; n < places.length; n++) uvs.set(mine, n * mine.length);
      shape.setAttribute("uv", new THREE.BufferAttribute(uvs, 2, true));
    }
    shape.setIndex(order);
    const mesh = new THREE.Mesh(shape, material);
    mesh.matrixAutoUpdate = false;
    mesh.userData = {
      paint(n, colour) {
        for (let k = 0; k < one; k++) { const at = 4 * (n * one + k), f = 255 * of.shades[k]; shades[at] = f * colour.r + 0.5; shades[at + 1] = f * colour.g + 0.5; shades[at + 2] = f * colour.b + 0.5; }
        shape.attributes.color.needsUpdate = true;
      },
      of: (face) => owner[face],
      corners: (n) => Array.from({length: one}, (_, k) => Array.from(spots.subarray(3 * (n * one + k), 3 * (n * one + k) + 3))),
    };
    return mesh;
  }

  /* Front, rear, top and side of a rack in greys that its colour is multiplied by: devices where they stand, the front edge of the top dark as on the plan. */
  function faces(inside, isSmooth) {
    const canvas = document.createElement("canvas"), WIDE = 512, TALL = 1024, c = canvas.getContext("2d"), f = inside.frame, half = WIDE / 2, face = 0.9 * TALL, from = TALL - face;
    canvas.width = WIDE;
    canvas.height = TALL;
    const grey = (g) => { const v = Math.round(255 * g); c.fillStyle = `rgb(${v},${v},${v})`; };
    const fill = (g, x, y, w, h) => { grey(g); c.fillRect(x, y, w, h); };
    fill(1, 0, 0, WIDE, TALL);
    const band = 0.09 * TALL;
    fill(0.25, 0, 0, half, band * 0.1);
    const px = half / f.width_mm, pz = face / f.height_mm, top = (z) => from + (f.height_mm - z) * pz;
    for (const isRear of [false, true]) {
      const left = isRear ? half : 0, bay = (f.width_mm - f.bay_mm) / 2;
      fill(isRear ? 0.82 : 0.9, left, from, half, face);
      fill(isRear ? 0.6 : 0.42, left + bay * px, top(f.base_mm + f.units * f.unit_mm), f.bay_mm * px, f.units * f.unit_mm * pz);
      for (const d of inside.devices) {
        if (d.isRear !== isRear && !isRear) continue;
        if (isRear && !d.isRear && d.y + d.d < 0.55 * f.depth_mm) continue;
        const x = left + (isRear ? f.width_mm - d.x - d.w : d.x) * px, y = top(d.z + d.h), w = d.w * px, h = d.h * pz;
        fill({compute: 1, host: 0.97, switch: 0.86, power: 0.74, pdu: 0.7, battery: 0.78, blank: 0.62}[d.role] || 0.88, x + 1, y + 1, w - 2, Math.max(1, h - 2));
        if (d.role !== "blank" && h > 8) for (const k of [0.06, 0.5, 0.94]) fill(0.55, x + w * k - 2, y + h * 0.35, 4, Math.max(2, h * 0.3));
      }
    }
    const made = new THREE.CanvasTexture(canvas);
    made.generateMipmaps = true;
    made.minFilter = isSmooth ? THREE.LinearMipmapLinearFilter : THREE.LinearMipmapNearestFilter;
    made.anisotropy = isSmooth ? 4 : 1;
    return made;
  }

  /* The name of what draws; empty where nothing can. */
  function probe() {
    const gl = document.createElement("canvas").getContext("webgl2");
    if (!gl) return "";
    const about = gl.getExtension("WEBGL_debug_renderer_info"), name = String(about ? gl.getParameter(about.UNMASKED_RENDERER_WEBGL) : gl.getParameter(gl.RENDERER)) || "unknown";
    const lose = gl.getExtension("WEBGL_lose_context");
    if (lose) lose.loseContext();
    return name;
  }

  /* Names over the picture, none over another, as one mesh that looks at the eye: `spots` [{where, text}]. `set(camera, wide, tall)` places them. */
  function tags(spots, ink, paper, material) {
    const SHARP = 2, HIGH = 15, canvas = document.createElement("canvas"), c = canvas.getContext("2d"), font = `600 ${12 * SHARP}px ${getComputedStyle(document.body).fontFamily}`;
    c.font = font;
    const widths = spots.map((spot) => Math.min(160, Math.ceil(c.measureText(spot.text).width / SHARP) + 8)), most = Math.max(...widths), across = Math.max(1, Math.floor(2048 / (most * SHARP)));
    canvas.width = Math.min(across, spots.length) * most * SHARP;
    canvas.height = Math.ceil(spots.length / across) * HIGH * SHARP;
    Object.assign(c, {font: font, textAlign: "center", textBaseline: "middle"});
    const uvs = new Float32Array(spots.length * 8), places = new Float32Array(spots.length * 12), order = [];
    spots.forEach((spot, n) => {
      const x = (n % across) * most * SHARP, y = Math.floor(n / across) * HIGH * SHARP, w = widths[n] * SHARP, h = HIGH * SHARP;
      Object.assign(c, {fillStyle: paper, globalAlpha: 0.86});
      c.beginPath();
      c.roundRect(x, y, w, h, 3 * SHARP);
      c.fill();
      Object.assign(c, {fillStyle: ink, globalAlpha: 1});
      c.fillText(spot.text, x + w / 2, y + h / 2, w - 4 * SHARP);
      const [u0, u1, v0, v1] = [x / canvas.width, (x + w) / canvas.width, 1 - (y + h) / canvas.height, 1 - y / canvas.height];
      uvs.set([u0, v0, u1, v0, u1, v1, u0, v1], 8 * n);
      order.push(...[0, 1, 2, 0, 2, 3].map((k) => 4 * n + k));
    });
    const shape = new THREE.BufferGeometry(), mesh = new THREE.Mesh(shape, Object.assign(material, {map: new THREE.CanvasTexture(canvas), transparent: true, depthTest: false, depthWrite: false}));
    shape.setAttribute("position", new THREE.BufferAttribute(places, 3));
    shape.setAttribute("uv", new THREE.BufferAttribute(uvs, 2));
    shape.setIndex(order);
    Object.assign(mesh, {renderOrder: 9, frustumCulled: false, matrixAutoUpdate: false});
    const p = new THREE.Vector3(), right = new THREE.Vector3(), up = new THREE.Vector3(), back = new THREE.Vector3(), shown = [];
    mesh.userData.shown = shown;
    mesh.userData.set = (camera, wide, tall) => {
      camera.updateMatrixWorld();
      camera.matrixWorld.extractBasis(right, up, back);
      shown.length = 0;
      places.fill(0);
      spots.forEach((spot, n) => {
        const deep = -p.copy(spot.where).applyMatrix4(camera.matrixWorldInverse).z, isBefore = p.copy(spot.where).project(camera).z < 1 && deep > 0;
        const x = Math.round(((p.x + 1) * wide) / 2), y = Math.round(((1 - p.y) * tall) / 2);
        if (!isBefore || x <= 8 || y <= 8 || x >= wide - 8 || y >= tall - 8 || shown.some((o) => Math.abs(o.x - x) < (o.wide + widths[n]) / 2 + 1 && Math.abs(o.y - y) < HIGH + 2)) return;
        shown.push({text: spot.text, x: x, y: y, wide: widths[n]});
        const px = (2 * deep * Math.tan((camera.fov * Math.PI) / 360)) / tall, dx = ((2 * x) / wide - 1 - p.x) * (wide / 2), dy = (1 - (2 * y) / tall - p.y) * (tall / 2);
        [[-1, -1], [1, -1], [1, 1], [-1, 1]].forEach(([i, j], k) => {
          p.copy(spot.where).addScaledVector(right, px * (dx + (i * widths[n]) / 2)).addScaledVector(up, px * (dy + (j * HIGH) / 2));
          places.set([p.x, p.y, p.z], 12 * n + 3 * k);
        });
        p.copy(spot.where).project(camera);
      });
      shape.attributes.position.needsUpdate = true;
    };
    return mesh;
  }

  /* Boxes that are drawn, mm of the campus, as render/solids.py has them: low and high corner of racks by id; middle, length, width and height of trays. */
  function told(racks, trays, centre) {
    const made = {racks: {}, trays: {}}, off = [centre[0], centre[1], 0], axes = [0, 1, 2], far = (a, b) => Math.hypot(...axes.map((i) => a[i] - b[i])) * 1000;
    const ends = (all, of) => axes.map((i) => of(...all.map((p) => p[i])) * 1000 + off[i]);
    for (const group of racks) group.ids.forEach((id, n) => { const all = group.mesh.userData.corners(n); made.racks[id] = [...ends(all, Math.min), ...ends(all, Math.max)]; });
    if (trays) trays.ids.forEach((id, n) => {
      const all = trays.plates.userData.corners(n), rail = trays.rails.userData.corners(2 * n), low = ends(all, Math.min), high = ends(all, Math.max);
      made.trays[id] = [...axes.map((i) => (low[i] + high[i]) / 2), far(all[0], all[1]), far(all[1], all[2]), ends(rail, Math.max)[2] - ends(rail, Math.min)[2]];
    });
    return made;
  }

  RW.shapes3d = {bar: bar, boxes: boxes, tags: tags, faces: faces, probe: probe, told: told};
})();
