"""One file per command. The file's name is the command's; its function `run` is the command, its docstring the help.

`run` takes Typer-annotated arguments and gives the exit code. Heavy imports stand inside it, so that `rackwright --help` stays fast.
"""
