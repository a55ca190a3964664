//! Where codes come from: lines that a scanner types, pictures, folders that a camera writes into, films,
//! cameras. Each source runs on a
//! thread of its own and tells what it read; what a code is worth, the gate judges.

use std::collections::{BTreeMap, VecDeque};
use std::io::{BufRead as _, Read as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use crate::args::CodeSource;
use crate::failure::{Exit, Failure};
use jigap_platform::camera::{Camera, CameraError, CameraFrame};
use jigap_scanner::{Film, Picture};
use jigap_wallet_core::text::Text;
use tokio::sync::mpsc::{Receiver, Sender, channel};

/// Longest line that a scanner types, in bytes: no code is as long.
const MAX_LINE: u64 = 4096;
/// Longest file that may hold a picture, in bytes.
const MAX_PICTURE: u64 = 32 << 20;
/// Endings of pictures in folders; a file that is named may have any.
const ENDINGS: [&str; 4] = ["png", "jpg", "jpeg", "pgm"];
/// How long a code must have been out of sight to be shown anew.
const GONE: Duration = Duration::from_secs(3);
/// Most codes that are remembered as being in sight.
const IN_SIGHT: usize = 64;
/// How often a folder is looked at.
const LOOK: Duration = Duration::from_millis(250);
const NO_PICTURES: Text = Text::new("there is no picture in this folder", "이 폴더에 그림이 없습니다");

/// What came from a source.
pub(crate) enum Came {
    /// The text of a code, and the name of the file that it was in.
    Code(String, Option<String>),
    /// Nothing could be read of the file with this name.
    Unread(String, Text),
}

/// Starts the source that the command names. It ends by itself, or when nobody listens any more.
pub(crate) fn start(command: &CodeSource) -> Result<Receiver<Result<Came, Failure>>, Failure> {
    let (tell, told) = channel(16);
    let listener = Listener(tell);
    let pictures = command.pictures.clone();
    if command.watch {
        let [folder] = pictures.as_slice() else { return Err(not_one_folder()) };
        if !folder.is_dir() {
            return Err(not_one_folder());
        }
    }
    let (watch, film, camera) = (command.watch, command.frames.is_some(), command.camera.clone());
    // Reading waits: its own thread, which ends with the process.
    tokio::task::spawn_blocking(move || {
        let ended = match (pictures.as_slice(), camera) {
            (_, Some(device)) => listener.camera(&device),
            _ if film => listener.film(),
            ([folder], _) if watch => listener.watch(folder),
            ([], _) => listener.lines(),
            (pictures, _) => listener.pictures(pictures),
        };
        if let Err(Stopped::Failed(failure)) = ended {
            let _ = listener.0.blocking_send(Err(failure));
        }
    });
    Ok(told)
}

/// Why a source ends before its end.
enum Stopped {
    Failed(Failure),
    /// Nobody listens any more.
    Unheard,
}

/// Who is told.
struct Listener(Sender<Result<Came, Failure>>);

impl Listener {
    fn tell(&self, came: Came) -> Result<(), Stopped> {
        self.0.blocking_send(Ok(came)).map_err(|_| Stopped::Unheard)
    }

    /// Lines of stdin.
    fn lines(&self) -> Result<(), Stopped> {
        while let Some(line) = line().map_err(|error| Stopped::Failed(unheard(&error)))? {
            let code = line.trim();
            if !code.is_empty() {
                self.tell(Came::Code(code.to_owned(), None))?;
            }
        }
        Ok(())
    }

    /// Each picture, and each of each folder, in the order of their names: every code in it is one showing.
    fn pictures(&self, pictures: &[PathBuf]) -> Result<(), Stopped> {
        for place in pictures {
            if !place.is_dir() {
                self.picture(place)?;
                continue;
            }
            let names = listed(place).map_err(|error| unread(place, &error))?;
            if names.is_empty() {
                self.tell(Came::Unread(place.display().to_string(), NO_PICTURES))?;
            }
            for name in names.into_keys() {
                self.picture(&place.join(name))?;
            }
        }
        Ok(())
    }

    fn picture(&self, file: &Path) -> Result<(), Stopped> {
        let bytes = contents(file).map_err(|error| unread(file, &error))?;
        match codes(bytes.as_deref()) {
            Ok(codes) => {
                for code in codes {
                    self.tell(Came::Code(code, Some(name(file))))?;
                }
                Ok(())
            }
            Err(why) => self.tell(Came::Unread(name(file), why)),
        }
    }

    /// Pictures as they come into a folder, or change there, once they have stopped growing: a film in files.
    fn watch(&self, folder: &Path) -> Result<(), Stopped> {
        let look = || listed(folder).map_err(|error| unread(folder, &error));
        let mut done = look()?;
        let mut before = done.clone();
        let mut showings = Showings::default();
        loop {
            std::thread::sleep(LOOK);
            if self.0.is_closed() {
                return Err(Stopped::Unheard);
            }
            let now = look()?;
            done.retain(|name, _| now.contains_key(name));
            let settled = |(name, stamp): &(&String, &Stamp)| {
                before.get(*name) == Some(*stamp) && done.get(*name) != Some(*stamp)
            };
            let new: Vec<_> =
                now.iter().filter(settled).map(|(name, stamp)| (name.clone(), *stamp)).collect();
            for (name, stamp) in new {
                // A file that went meanwhile, or that holds no code, is what a camera makes all day.
                let bytes = contents(&folder.join(&name)).ok().flatten();
                for code in codes(bytes.as_deref()).unwrap_or_default() {
                    if showings.begins(&code, since_start()) {
                        self.tell(Came::Code(code, Some(name.clone())))?;
                    }
                }
                done.insert(name, stamp);
            }
            before = now;
        }
    }

    /// The film on stdin: a code that stays in sight is one showing, in however many frames.
    fn film(&self) -> Result<(), Stopped> {
        let damaged = |error| {
            let what = Text::new("the film cannot be read any further", "영상을 더 읽을 수 없습니다");
            let hint = Text::new(
                "it is what `ffmpeg … -pix_fmt yuv420p -f yuv4mpegpipe -` writes",
                "`ffmpeg … -pix_fmt yuv420p -f yuv4mpegpipe -`가 쓰는 형식입니다",
            );
            Stopped::Failed(Failure::new(Exit::Environment, what).detail(error).hint(hint))
        };
        let mut film = Film::open(std::io::stdin().lock()).map_err(damaged)?;
        let mut showings = Showings::default();
        while let Some(picture) = film.next_frame().map_err(damaged)? {
            self.look(&picture, &mut showings)?;
        }
        Ok(())
    }

    /// What stands before a camera, until nobody listens any more.
    fn camera(&self, device: &Path) -> Result<(), Stopped> {
        let failed = |error| Stopped::Failed(unseen(device, error));
        let mut camera = Camera::open(device).map_err(failed)?;
        let mut showings = Showings::default();
        while !self.0.is_closed() {
            // A frame that was damaged on its way is followed by another.
            let picture = match camera.next_frame().map_err(failed)? {
                Some(CameraFrame::Grey { luma, width, height }) => Picture::new(luma, width, height).ok(),
                Some(CameraFrame::Jpeg(file)) => Picture::read(&file).ok(),
                None => None,
            };
            if let Some(picture) = picture {
                self.look(&picture, &mut showings)?;
            }
        }
        Err(Stopped::Unheard)
    }

    /// Tells of the codes in one frame of many.
    fn look(&self, picture: &Picture, showings: &mut Showings) -> Result<(), Stopped> {
        for code in picture.frame().map(|frame| frame.codes()).unwrap_or_default() {
            if showings.begins(&code, since_start()) {
                self.tell(Came::Code(code, None))?;
            }
        }
        Ok(())
    }
}

/// Which codes are in sight, and when each was seen last. A code that stays there is shown once, so that its second frame is
/// no replay of its first; one that comes back is shown again, and judged again.
#[derive(Default)]
struct Showings(VecDeque<(String, Duration)>);

impl Showings {
    /// Whether seeing `code` at `now` begins a showing.
    fn begins(&mut self, code: &str, now: Duration) -> bool {
        self.0.retain(|(_, seen)| now.saturating_sub(*seen) < GONE);
        if let Some((_, seen)) = self.0.iter_mut().find(|(shown, _)| shown == code) {
            *seen = now;
            return false;
        }
        if self.0.len() >= IN_SIGHT {
            self.0.pop_front();
        }
        self.0.push_back((code.to_owned(), now));
        true
    }
}

/// A moment, to tell moments apart by: the wall's clock may be set while a code is in sight.
#[expect(clippy::disallowed_methods, reason = "how long a code is out of sight, and nothing that is judged")]
fn since_start() -> Duration {
    static START: std::sync::LazyLock<std::time::Instant> = std::sync::LazyLock::new(std::time::Instant::now);
    START.elapsed()
}

/// Length of a file, and when it was changed last, since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp(u64, Option<Duration>);

/// The pictures of a folder by name.
fn listed(folder: &Path) -> std::io::Result<BTreeMap<String, Stamp>> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let path = entry.path();
        let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase());
        if !ending.is_some_and(|ending| ENDINGS.contains(&ending.as_str())) {
            continue;
        }
        // What is gone by now was no picture yet.
        let Ok(about) = std::fs::metadata(&path) else { continue };
        if about.is_file() {
            let changed = about.modified().ok().and_then(|at| at.duration_since(UNIX_EPOCH).ok());
            found.insert(entry.file_name().to_string_lossy().into_owned(), Stamp(about.len(), changed));
        }
    }
    Ok(found)
}

/// The bytes of a file; `None` where they are more than a picture has.
#[expect(clippy::disallowed_methods, reason = "the command line reads the files a person names")]
fn contents(file: &Path) -> std::io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    std::fs::File::open(file)?.take(MAX_PICTURE + 1).read_to_end(&mut bytes)?;
    Ok((bytes.len() as u64 <= MAX_PICTURE).then_some(bytes))
}

/// The codes of a picture, at least one; else why there is none.
fn codes(file: Option<&[u8]>) -> Result<Vec<String>, Text> {
    use jigap_scanner::{FrameError, PictureError};
    const TOO_LARGE: Text = Text::new(
        "the picture is too large: 32 MiB and 4096 pixels a side are read",
        "그림이 너무 큽니다. 32 MiB, 한 변 4096픽셀까지 읽습니다",
    );
    let picture = Picture::read(file.ok_or(TOO_LARGE)?).map_err(|error| match error {
        PictureError::Frame(FrameError::TooLarge) => TOO_LARGE,
        PictureError::Unknown => {
            Text::new("it is neither PNG nor JPEG nor PGM", "PNG도 JPEG도 PGM도 아닙니다")
        }
        _ => Text::new("the picture is damaged", "그림이 손상되었습니다"),
    })?;
    let codes = picture.frame().map(|frame| frame.codes()).unwrap_or_default();
    if codes.is_empty() {
        return Err(Text::new("no code can be read in it", "읽을 수 있는 코드가 없습니다"));
    }
    Ok(codes)
}

fn name(file: &Path) -> String {
    file.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// A line of stdin, cut off where no code is as long; `None` at its end.
fn line() -> std::io::Result<Option<String>> {
    let mut bytes = Vec::new();
    let mut stdin = std::io::stdin().lock();
    let read = stdin.by_ref().take(MAX_LINE).read_until(b'\n', &mut bytes)?;
    if read == 0 {
        return Ok(None);
    }
    // The rest of an overlong line is part of it.
    if read as u64 == MAX_LINE && bytes.last() != Some(&b'\n') {
        stdin.skip_until(b'\n')?;
    }
    Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
}

fn unheard(error: &std::io::Error) -> Failure {
    let what = Text::new("the scanner cannot be read any more", "스캐너를 더 읽을 수 없습니다");
    Failure::new(Exit::Environment, what).detail(error)
}

fn unread(place: &Path, error: &std::io::Error) -> Stopped {
    let what = Text::new("the picture cannot be read", "그림을 읽을 수 없습니다");
    Stopped::Failed(Failure::new(Exit::Environment, what).detail(format!("{}: {error}", place.display())))
}

fn unseen(device: &Path, error: CameraError) -> Failure {
    let what = Text::new("the camera cannot be read", "카메라를 읽을 수 없습니다");
    let hint = match error {
        CameraError::Device(_) => Text::new(
            "name a device such as /dev/video0 that your user may use (group video) and nobody else does",
            "/dev/video0 같은 장치를 주십시오. 사용자에게 권한이 있고(video 그룹) 다른 프로그램이 쓰고 있지 않아야 합니다",
        ),
        _ => Text::new(
            "let ffmpeg read it: `ffmpeg -i … -f yuv4mpegpipe - | jigap scan … --frames y4m`",
            "ffmpeg로 읽으십시오: `ffmpeg -i … -f yuv4mpegpipe - | jigap scan … --frames y4m`",
        ),
    };
    Failure::new(Exit::Environment, what).detail(format!("{}: {error}", device.display())).hint(hint)
}

fn not_one_folder() -> Failure {
    Failure::new(Exit::Usage, Text::new("--watch wants one folder", "--watch에는 폴더 하나를 주십시오"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_shown_once_until_it_was_out_of_sight() {
        let mut showings = Showings::default();
        let mut seen = |code: &str, at: u64| showings.begins(code, Duration::from_millis(at));
        assert!(seen("a", 0));
        assert!(!seen("a", 30) && !seen("a", 3_000), "it stays");
        assert!(seen("b", 3_010) && !seen("a", 3_020) && !seen("b", 3_030), "two in turn are two showings");
        assert!(!seen("a", 6_019));
        assert!(seen("b", 6_031), "out of sight for three seconds");
        assert!(seen("a", 9_019), "and so is the other");
    }

    #[test]
    fn what_is_in_sight_is_bounded() {
        let mut showings = Showings::default();
        for n in 0..10 * IN_SIGHT {
            assert!(showings.begins(&format!("{n}"), Duration::ZERO));
        }
        assert_eq!(showings.0.len(), IN_SIGHT);
    }

    #[test]
    fn a_folder_is_its_pictures_in_the_order_of_their_names() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["b.png", "a.JPG", "c.pgm", "notes.txt", "png"] {
            jigap_platform::files::write_new(&folder.path().join(name), b"x").unwrap();
        }
        std::fs::create_dir(folder.path().join("d.png")).unwrap();
        let found: Vec<String> = listed(folder.path()).unwrap().into_keys().collect();
        assert_eq!(found, ["a.JPG", "b.png", "c.pgm"]);
    }
}
