// What render/templates/viewer/hall3d.js uses of three.js; nothing else is bundled.
export {
  BoxGeometry, BufferAttribute, BufferGeometry, CanvasTexture, Color, ColorManagement, DynamicDrawUsage, InstancedMesh, LinearMipmapLinearFilter, LinearMipmapNearestFilter, LinearSRGBColorSpace,
  Matrix4, Mesh, MeshBasicMaterial, PerspectiveCamera, PlaneGeometry, Quaternion, Raycaster, REVISION, Scene, Vector2, Vector3, WebGLRenderer,
} from "three";
export { OrbitControls } from "three/examples/jsm/controls/OrbitControls.js";
