//! The `jigap` command: arguments in, words out. What it does is in the rooms below it.
