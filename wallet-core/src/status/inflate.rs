//! Decompression of foreign bytes (RFC 1951, in whichever envelope), bounded by the caller.

use flate2::{Decompress, FlushDecompress, Status};

/// Why compressed bytes could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum InflateError {
    /// They do not begin with one whole stream.
    Malformed,
    /// Their content is larger than allowed.
    TooLarge,
}

/// Appends the content of the one stream that `compressed` begins with, as `inflater` reads it, to `content`, which may
/// become `limit` bytes long. Answers how many bytes the stream takes. flate2's readers take a truncated stream for a
/// finished one, so the stream's own end mark is asked for.
pub(crate) fn inflate(
    mut inflater: Decompress,
    compressed: &[u8],
    content: &mut Vec<u8>,
    limit: usize,
) -> Result<usize, InflateError> {
    const PIECE: usize = 32 * 1024;
    let mut position = 0;
    loop {
        let rest = compressed.get(position..).ok_or(InflateError::Malformed)?;
        let (read, written) = (inflater.total_in(), content.len());
        content.reserve(PIECE);
        let status = inflater
            .decompress_vec(rest, content, FlushDecompress::None)
            .map_err(|_| InflateError::Malformed)?;
        if content.len() > limit {
            return Err(InflateError::TooLarge);
        }
        let consumed = usize::try_from(inflater.total_in() - read).map_err(|_| InflateError::Malformed)?;
        position += consumed;
        match status {
            Status::StreamEnd => return Ok(position),
            _ if consumed == 0 && content.len() == written => return Err(InflateError::Malformed),
            _ => {}
        }
    }
}
