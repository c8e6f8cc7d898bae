"""Tables -> the data of the viewer: pure functions that give chunks of columns, which a page reads with a script tag each."""
