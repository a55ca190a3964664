//! A camera of this machine by Video4Linux2. Formats whose grey stands apart from their colours are taken first, then pictures in JPEG,
//! which are handed on as they are. Elsewhere than on Linux there is no camera.

use std::io;
use std::path::Path;

/// What is asked of a camera, which gives what it has: of this size frames are read in a millisecond (docs/BENCHMARKS.md).
#[cfg(target_os = "linux")]
const SIZE: (u32, u32) = (640, 480);

/// Why there is no camera, or no more of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CameraError {
    /// The device is not there, not ours to read, in use, or no camera.
    #[error("the device cannot be opened as a camera: {0}")]
    Device(io::ErrorKind),
    /// It films in none of the formats that are read.
    #[error("the camera films in no format that is read")]
    Format,
    /// It stopped.
    #[error("the camera gives no more frames: {0}")]
    Ended(io::ErrorKind),
    /// This system has no Video4Linux.
    #[error("cameras are read on Linux alone")]
    System,
}

/// What a camera saw at one moment. A damaged frame may be shorter than its sides say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CameraFrame {
    /// A byte a pixel, row by row from the top left.
    Grey {
        /// The pixels.
        luma: Vec<u8>,
        /// Pixels of a row.
        width: usize,
        /// Rows.
        height: usize,
    },
    /// A file in JPEG.
    Jpeg(Vec<u8>),
}

/// How the pixels of a frame lie in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Layout {
    /// Grey first, row by row, whatever follows.
    Planar,
    /// Grey and colour by turns, grey first.
    GreyColour,
    /// Grey and colour by turns, colour first.
    ColourGrey,
    /// A JPEG.
    Jpeg,
}

/// Sides of a frame.
#[derive(Debug, Clone, Copy)]
struct Shape {
    width: usize,
    height: usize,
    /// Bytes from one row to the next; 0 where the device does not say.
    stride: usize,
}

impl Layout {
    /// The formats that are read (their codes in `linux/videodev2.h`), the better first.
    const ALL: [([u8; 4], Self); 8] = [
        (*b"GREY", Self::Planar),
        (*b"NV12", Self::Planar),
        (*b"YU12", Self::Planar),
        (*b"YV12", Self::Planar),
        (*b"YUYV", Self::GreyColour),
        (*b"UYVY", Self::ColourGrey),
        (*b"MJPG", Self::Jpeg),
        (*b"JPEG", Self::Jpeg),
    ];

    fn frame(self, bytes: &[u8], Shape { width, height, stride }: Shape) -> CameraFrame {
        let (step, first) = match self {
            Self::Jpeg => return CameraFrame::Jpeg(bytes.to_vec()),
            Self::Planar => (1, 0),
            Self::GreyColour => (2, 0),
            Self::ColourGrey => (2, 1),
        };
        let row = width.saturating_mul(step);
        let rows = bytes.chunks(stride.max(row).max(1)).take(height);
        let luma = rows.flat_map(|line| line.iter().take(row).skip(first).step_by(step)).copied().collect();
        CameraFrame::Grey { luma, width, height }
    }
}

/// A camera that is filming.
pub struct Camera {
    #[cfg(target_os = "linux")]
    stream: linuxvideo::stream::ReadStream,
    #[cfg(target_os = "linux")]
    layout: Layout,
    #[cfg(target_os = "linux")]
    shape: Shape,
}

#[cfg(target_os = "linux")]
impl Camera {
    /// Opens the device and starts it.
    ///
    /// # Errors
    /// [`CameraError::Device`], [`CameraError::Format`].
    pub fn open(device: &Path) -> Result<Self, CameraError> {
        use linuxvideo::format::{PixFormat, PixelFormat};
        use linuxvideo::{BufType, Device};

        let unseen = |error: io::Error| CameraError::Device(error.kind());
        let camera = Device::open(device).map_err(unseen)?;
        let offered = camera.formats(BufType::VIDEO_CAPTURE).map(|it| Ok(it?.pixel_format().as_fourcc()));
        let offered: Vec<_> = offered.collect::<io::Result<_>>().map_err(unseen)?;
        let wanted = Layout::ALL.into_iter().find(|(code, _)| offered.contains(code));
        let (code, _) = wanted.ok_or(CameraError::Format)?;
        let wanted = PixFormat::new(SIZE.0, SIZE.1, PixelFormat::from_fourcc(code));
        let capture = camera.video_capture(wanted).map_err(unseen)?;
        // Drivers may give something else than what they were asked for.
        let given = capture.format();
        let code = given.pixel_format().as_fourcc();
        let (_, layout) = Layout::ALL.into_iter().find(|(it, _)| *it == code).ok_or(CameraError::Format)?;
        let side = |pixels: u32| usize::try_from(pixels).unwrap_or(usize::MAX);
        let (width, height) = (side(given.width()), side(given.height()));
        let shape = Shape { width, height, stride: side(given.bytes_per_line()) };
        Ok(Self { stream: capture.into_stream().map_err(unseen)?, layout, shape })
    }

    /// Waits for the next frame; `None` where the camera says that it is damaged.
    ///
    /// # Errors
    /// [`CameraError::Ended`].
    pub fn next_frame(&mut self) -> Result<Option<CameraFrame>, CameraError> {
        let (layout, shape) = (self.layout, self.shape);
        let frame = self.stream.dequeue(|frame| Ok((!frame.is_error()).then(|| layout.frame(&frame, shape))));
        frame.map_err(|error| CameraError::Ended(error.kind()))
    }
}

#[cfg(not(target_os = "linux"))]
impl Camera {
    /// There is none.
    ///
    /// # Errors
    /// [`CameraError::System`].
    pub fn open(_device: &Path) -> Result<Self, CameraError> {
        Err(CameraError::System)
    }

    /// There is none.
    ///
    /// # Errors
    /// [`CameraError::System`].
    pub fn next_frame(&mut self) -> Result<Option<CameraFrame>, CameraError> {
        Err(CameraError::System)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grey(layout: Layout, bytes: &[u8], (width, height, stride): (usize, usize, usize)) -> Vec<u8> {
        match layout.frame(bytes, Shape { width, height, stride }) {
            CameraFrame::Grey { luma, width: w, height: h } if (w, h) == (width, height) => luma,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn grey_is_found_however_a_frame_lies_in_memory() {
        // Two rows of two pixels, and of planar ones what colours follow.
        assert_eq!(grey(Layout::Planar, &[1, 2, 3, 4, 9, 9], (2, 2, 2)), [1, 2, 3, 4]);
        assert_eq!(grey(Layout::GreyColour, &[1, 9, 2, 9, 3, 9, 4, 9], (2, 2, 4)), [1, 2, 3, 4]);
        assert_eq!(grey(Layout::ColourGrey, &[9, 1, 9, 2, 9, 3, 9, 4], (2, 2, 4)), [1, 2, 3, 4]);
        // Rows that begin every four bytes, the last without its rest; and a device that does not say how often.
        assert_eq!(grey(Layout::Planar, &[1, 2, 0, 0, 3, 4], (2, 2, 4)), [1, 2, 3, 4]);
        assert_eq!(grey(Layout::Planar, &[1, 2, 3, 4], (2, 2, 0)), [1, 2, 3, 4]);
        let jpeg = Layout::Jpeg.frame(&[1, 2], Shape { width: 9, height: 9, stride: 0 });
        assert_eq!(jpeg, CameraFrame::Jpeg(vec![1, 2]));
    }

    #[test]
    fn a_damaged_frame_is_short_and_nothing_worse() {
        assert_eq!(grey(Layout::Planar, &[1, 2, 3], (2, 2, 2)), [1, 2, 3]);
        assert!(grey(Layout::Planar, &[], (0, 0, 0)).is_empty());
        assert_eq!(grey(Layout::GreyColour, &[1, 9], (usize::MAX, usize::MAX, 3)), [1]);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn what_is_no_camera_is_not_opened() {
        let refused = |device: &str| Camera::open(Path::new(device)).err();
        assert_eq!(refused("/dev/no-such-camera"), Some(CameraError::Device(io::ErrorKind::NotFound)));
        assert!(matches!(refused("/dev/null"), Some(CameraError::Device(_))));
    }
}
