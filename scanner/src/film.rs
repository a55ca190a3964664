//! Films as a row of frames without sound: YUV4MPEG2 with one byte a sample, as `ffmpeg … -f yuv4mpegpipe` and mjpegtools
//! write it. Only the grey of each frame is kept; one frame is held at a time.

use std::io::{self, BufRead, Read as _};

use crate::shape::Picture;
use crate::{Frame, FrameError};

/// Longest line of words, in bytes: a header, or what stands before a frame.
const MAX_LINE: u64 = 1024;

/// Why a film cannot be read, or not any further.
#[derive(Debug, thiserror::Error)]
pub enum FilmError {
    /// It does not begin as one does, or something else stands where a frame should begin.
    #[error("it is no film of the form YUV4MPEG2")]
    NotAFilm,
    /// Its samples have more than a byte, or its colours are stored in a way that is not known.
    #[error("its colours are stored in a way that is not read: yuv420p is")]
    Colours,
    /// Its frames cannot be frames.
    #[error(transparent)]
    Frame(#[from] FrameError),
    /// What it is read from failed, or ended within a frame.
    #[error(transparent)]
    Source(#[from] io::Error),
}

/// A film, read frame by frame.
pub struct Film<R> {
    source: R,
    width: usize,
    height: usize,
    /// Bytes of colour after the grey of each frame.
    colours: u64,
}

impl<R: BufRead> Film<R> {
    /// The film that `source` holds: its header is read.
    pub fn open(mut source: R) -> Result<Self, FilmError> {
        let header = line(&mut source)?.ok_or(FilmError::NotAFilm)?;
        let mut words = header.split(' ');
        if words.next() != Some("YUV4MPEG2") {
            return Err(FilmError::NotAFilm);
        }
        let (mut width, mut height, mut colours) = (None, None, "420");
        for word in words {
            match word.split_at_checked(1) {
                Some(("W", value)) => width = value.parse::<usize>().ok(),
                Some(("H", value)) => height = value.parse::<usize>().ok(),
                Some(("C", value)) => colours = value,
                _ => {}
            }
        }
        let (width, height) = width.zip(height).ok_or(FilmError::NotAFilm)?;
        Frame::fits(width, height)?;
        let half = |side: usize| side.div_ceil(2);
        let colours = match colours {
            "420" | "420jpeg" | "420mpeg2" | "420paldv" => 2 * half(width) * half(height),
            "422" => 2 * half(width) * height,
            "411" => 2 * width.div_ceil(4) * height,
            "444" => 2 * width * height,
            "444alpha" => 3 * width * height,
            "mono" => 0,
            _ => return Err(FilmError::Colours),
        };
        let colours = u64::try_from(colours).map_err(|_| FrameError::TooLarge)?;
        Ok(Self { source, width, height, colours })
    }

    /// The next frame; `None` at the film's end.
    pub fn next_frame(&mut self) -> Result<Option<Picture>, FilmError> {
        let Some(words) = line(&mut self.source)? else { return Ok(None) };
        if words != "FRAME" && !words.starts_with("FRAME ") {
            return Err(FilmError::NotAFilm);
        }
        let mut luma = vec![0; self.width * self.height];
        self.source.read_exact(&mut luma)?;
        let skipped = io::copy(&mut (&mut self.source).take(self.colours), &mut io::sink())?;
        if skipped < self.colours {
            return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
        }
        Ok(Some(Picture::new(luma, self.width, self.height)?))
    }
}

/// The next line without its end; `None` where there is nothing more.
fn line(source: &mut impl BufRead) -> Result<Option<String>, FilmError> {
    let mut bytes = Vec::new();
    if source.take(MAX_LINE).read_until(b'\n', &mut bytes)? == 0 {
        return Ok(None);
    }
    if bytes.pop() != Some(b'\n') {
        return Err(FilmError::NotAFilm);
    }
    String::from_utf8(bytes).map(Some).map_err(|_| FilmError::NotAFilm)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frames(film: &[u8]) -> Result<Vec<Vec<u8>>, FilmError> {
        let mut film = Film::open(film)?;
        let mut frames = Vec::new();
        while let Some(picture) = film.next_frame()? {
            frames.push(picture.luma);
        }
        Ok(frames)
    }

    #[test]
    fn the_grey_of_every_frame_is_read_whatever_its_colours_are() {
        for (colours, length) in [
            ("", 4),
            (" C420jpeg", 4),
            (" C420mpeg2 XYSCSS=420MPEG2", 4),
            (" C420paldv", 4),
            (" C422", 4),
            (" C411", 2),
            (" C444", 6),
            (" C444alpha", 9),
            (" Cmono", 0),
        ] {
            let mut film = format!("YUV4MPEG2 W3 H1 F30:1 Ip A1:1{colours}\n").into_bytes();
            for (words, grey) in [("FRAME\n", b"abc"), ("FRAME Ixyz\n", b"def")] {
                film.extend_from_slice(words.as_bytes());
                film.extend_from_slice(grey);
                film.extend(vec![b'#'; length]);
            }
            assert_eq!(frames(&film).unwrap(), [b"abc", b"def"], "{colours}");
            film.pop();
            assert!(matches!(frames(&film), Err(FilmError::Source(_))), "{colours}");
        }
    }

    #[test]
    fn what_is_no_film_is_refused() {
        let long = format!("YUV4MPEG2 W1 H1 {}\n", "X".repeat(2000));
        for film in [
            "",
            "YUV4MPEG2",
            "YUV4MPEG2 W1\n",
            "YUV4MPEG2 W-1 H1\n",
            "RIFF W1 H1\n",
            "YUV4MPEG2 W1 H1 Cmono\nframe\n",
            "YUV4MPEG2 W1 H1 Cmono\nFRAMES\n",
            &long,
        ] {
            assert!(matches!(frames(film.as_bytes()), Err(FilmError::NotAFilm)), "{film}");
        }
        for colours in ["420p10", "mono16", "422p12", ""] {
            let film = format!("YUV4MPEG2 W1 H1 C{colours}\n");
            assert!(matches!(frames(film.as_bytes()), Err(FilmError::Colours)), "{colours}");
        }
        for (sides, error) in [("W0 H1", FrameError::Empty), ("W1 H100000", FrameError::TooLarge)] {
            let film = format!("YUV4MPEG2 {sides}\n");
            assert!(matches!(frames(film.as_bytes()), Err(FilmError::Frame(it)) if it == error), "{sides}");
        }
    }
}
