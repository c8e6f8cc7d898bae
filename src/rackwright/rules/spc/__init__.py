"""The spec itself and its waivers."""
