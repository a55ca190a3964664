//! `jigap demo`: the main story in one process, over real HTTP on loopback. A university offers, a wallet holds, a venue
//! asks, the verdict explains itself, a suspension closes the gate and its lifting opens it again.
//!
//! Every step checks what came of it; one that does not come out as expected ends the demo with exit code 1, so the demo
//! is a test as well.

mod authority;
mod keep;
mod registrar;
mod stage;
mod story;
mod wire;
mod world;

use std::path::{Path, PathBuf};

use jigap_wallet_core::text::Text;

use self::stage::Stage;
use self::story::Story;
use self::world::World;
use crate::args::Demo;
use crate::failure::{Exit, Failure};
use crate::talk::Talk;

/// Plays the story.
pub(crate) fn run(command: &Demo, talk: &Talk) -> Result<Exit, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(|error| {
        let what = Text::new("the demo cannot start", "시연을 시작할 수 없습니다");
        Failure::new(Exit::Environment, what).detail(error)
    })?;
    runtime.block_on(play(command, talk))
}

async fn play(command: &Demo, talk: &Talk) -> Result<Exit, Failure> {
    let folder = Folder::make(command.keep.as_deref())?;
    let mut stage = Stage::new(talk);
    stage.title(Text::new(
        "Jigap demo: a student ID, from the register to the door. All of it happens on this machine, over real HTTP.",
        "지갑(Jigap) 시연: 학생증이 학적부에서 출입문까지 가는 길입니다. 모두 이 컴퓨터 안에서 실제 HTTP로 주고받습니다.",
    ))?;
    let world = World::start(folder.path()).await?;
    let told = match Story::open(&world, folder.path(), &mut stage).await {
        Ok(mut story) => story.tell().await.map(|()| story.ending()),
        Err(failure) => Err(failure),
    };
    if let Ok(ending) = &told {
        stage.table(&ending.counts)?;
        if command.keep.is_some() {
            keep::leave(folder.path(), &world, ending, &stage).await?;
        }
    }
    world.services.stop().await;
    told.map(|_| Exit::Done)
}

/// A step did not come out as the story says: our fault, told with the reason.
fn unexpected(what: Text) -> Failure {
    Failure::new(Exit::No, what)
}

/// Where the stores lie: a temporary folder, removed at the end, or one to keep.
enum Folder {
    Temporary(tempfile::TempDir),
    Kept(PathBuf),
}

impl Folder {
    fn make(keep: Option<&Path>) -> Result<Self, Failure> {
        let unusable = |error: &std::io::Error| {
            Failure::new(Exit::Environment, Text::new("the folder cannot be used", "폴더를 쓸 수 없습니다"))
                .detail(error)
        };
        let Some(path) = keep else {
            return tempfile::Builder::new()
                .prefix("jigap-demo-")
                .tempdir()
                .map(Self::Temporary)
                .map_err(|error| unusable(&error));
        };
        keep::make_folder(path).map_err(|error| unusable(&error))?;
        if std::fs::read_dir(path).map_err(|error| unusable(&error))?.next().is_some() {
            let what = Text::new(
                "the folder to keep the stores in is not empty",
                "저장소를 남길 폴더가 비어 있지 않습니다",
            );
            let hint = Text::new("name a folder that does not exist yet", "아직 없는 폴더 이름을 주십시오");
            return Err(Failure::new(Exit::Usage, what).detail(path.display()).hint(hint));
        }
        Ok(Self::Kept(path.to_owned()))
    }

    fn path(&self) -> &Path {
        match self {
            Self::Temporary(folder) => folder.path(),
            Self::Kept(path) => path,
        }
    }
}
