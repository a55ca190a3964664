//! All of Jigap's I/O, behind the ports of `wallet-core`.
