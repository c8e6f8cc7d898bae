"""Load flow of a rack's power network in every case of loss, and how long its batteries last."""
