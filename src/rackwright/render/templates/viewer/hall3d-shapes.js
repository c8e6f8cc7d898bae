"use strict";
/* What a hall in three dimensions is made of: the box of a rack or a tray, the picture on a rack's sides; and what draws it. */
(function () {
  const SHADES = {top: 1, front: 0.98, rear: 0.86, left: 0.8, right: 0.74, under: 0.5};

  /* A box of side 1 that stands on the origin, or lies around it; its front looks to higher y. With places in the picture of `faces` where it is a rack. */
  function box(isRack, isCentred) {
    const sides = [["top", [[-1, 1, 1], [1, 1, 1], [1, -1, 1], [-1, -1, 1]]], ["front", [[1, 1, 0], [-1, 1, 0], [-1, 1, 1], [1, 1, 1]]], ["rear", [[-1, -1, 0], [1, -1, 0], [1, -1, 1], [-1, -1, 1]]],
      ["left", [[1, -1, 0], [1, 1, 0], [1, 1, 1], [1, -1, 1]]], ["right", [[-1, 1, 0], [-1, -1, 0], [-1, -1, 1], [-1, 1, 1]]], ["under", [[-1, -1, 0], [1, -1, 0], [1, 1, 0], [-1, 1, 0]]]];
    const spots = [], uvs = [], shades = [], order = [], pad = 0.004;
    const on = {top: [0, 0.5, 0.91, 1], front: [0, 0.5, 0, 0.9], rear: [0.5, 1, 0, 0.9], left: [0.5, 1, 0.91, 1], right: [0.5, 1, 0.91, 1], under: [0.5, 1, 0.91, 1]};
    for (const [name, points] of sides) {
      const first = spots.length / 3, [u0, u1, v0, v1] = on[name];
      points.forEach(([x, y, z], n) => {
        spots.push(x / 2, y / 2, isCentred ? z - 0.5 : z);
        uvs.push(n === 0 || n === 3 ? u0 + pad : u1 - pad, name === "top" ? (y > 0 ? v1 - pad : v0 + pad) : z ? v1 - pad : v0 + pad);
        shades.push(SHADES[name], SHADES[name], SHADES[name]);
      });
      order.push(...(name === "top" ? [0, 2, 1, 0, 3, 2] : [0, 1, 2, 0, 2, 3]).map((k) => first + k));
    }
    const made = new THREE.BufferGeometry();
    made.setAttribute("position", new THREE.BufferAttribute(new Float32Array(spots), 3));
    if (isRack) made.setAttribute("uv", new THREE.BufferAttribute(new Float32Array(uvs), 2));
    if (!isCentred) made.setAttribute("color", new THREE.BufferAttribute(new Float32Array(shades), 3));
    made.setIndex(order);
    return made;
  }

  /* Front, rear, top and side of a rack in greys that its colour is multiplied by: devices where they stand, the front edge of the top dark as on the plan. */
  function faces(inside) {
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
    made.minFilter = THREE.LinearMipmapLinearFilter;
    made.anisotropy = 2;
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

  /* Boxes that are drawn, mm of the campus, as render/solids.py has them: low and high corner of racks by id; middle, length, width and height of trays. */
  function told(racks, trays, centre) {
    const made = {racks: {}, trays: {}}, m = new THREE.Matrix4(), p = new THREE.Vector3(), s = new THREE.Vector3(), q = new THREE.Quaternion();
    const back = (v) => [v.x * 1000 + centre[0], v.y * 1000 + centre[1], v.z * 1000];
    for (const group of racks) {
      group.mesh.geometry.computeBoundingBox();
      group.ids.forEach((id, n) => {
        group.mesh.getMatrixAt(n, m);
        const size = group.mesh.geometry.boundingBox.clone().applyMatrix4(m);
        made.racks[id] = [...back(size.min), ...back(size.max)];
      });
    }
    if (trays) trays.ids.forEach((id, n) => {
      trays.rails.getMatrixAt(2 * n, m);
      const high = m.decompose(p, q, s) && s.z;
      trays.plates.getMatrixAt(n, m);
      m.decompose(p, q, s);
      made.trays[id] = [...back(p), s.x * 1000, s.y * 1000, high * 1000];
    });
    return made;
  }

  RW.shapes3d = {box: box, faces: faces, probe: probe, told: told};
})();
