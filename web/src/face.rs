//! What the page calls, in the types of JavaScript: bytes, numbers, texts of JSON. Moments are in seconds since 1970.

use jigap_keys::Entropy;
use jigap_scanner::{Frame, luma};
use jigap_wallet_core::text::Lang;
use jigap_wallet_core::time::Timestamp;
use qrcode::{Color, EcLevel, QrCode};
use wasm_bindgen::prelude::wasm_bindgen;

use crate::door::{self, Door};

#[wasm_bindgen]
extern "C" {
    /// `crypto.getRandomValues` (Web Cryptography API §10.1.1).
    #[wasm_bindgen(js_namespace = crypto, js_name = getRandomValues)]
    fn get_random_values(bytes: &mut [u8]);
}

/// The browser's randomness.
struct Browser;

impl Entropy for Browser {
    fn fill(&self, out: &mut [u8]) {
        // Longer requests are an error there.
        out.chunks_mut(65_536).for_each(get_random_values);
    }
}

/// A gate in a page.
#[wasm_bindgen]
pub struct Scanner(Door);

#[wasm_bindgen]
impl Scanner {
    /// Opens the gate of a package with a trust bundle, what the page kept (JSON) and the policy of an entry log; the error says why not, for whoever keeps the door.
    #[wasm_bindgen(constructor)]
    pub fn open(
        package: &[u8],
        bundle: &[u8],
        kept: &str,
        policy: Option<String>,
        now: f64,
    ) -> Result<Scanner, String> {
        let opened = Door::open((package, bundle), (kept, policy.as_deref()), moment(now), Box::new(Browser));
        opened.map(Self).map_err(|error| error.to_string())
    }

    /// Takes a newer trust bundle.
    pub fn renew(&mut self, bundle: &[u8], now: f64) -> Result<(), String> {
        self.0.renew(bundle, moment(now)).map_err(|error| error.to_string())
    }

    /// The text of the screen's code, if the gate has a screen.
    pub fn screen(&self, now: f64) -> Result<Option<String>, String> {
        self.0.screen(moment(now)).map_err(|error| error.to_string())
    }

    /// Judges a code: JSON for the page.
    pub fn judge(&mut self, code: &str, now: f64, korean: bool) -> String {
        self.0.judge(code, moment(now), lang(korean)).to_string()
    }

    /// What the page has to keep of what changed: JSON, or empty.
    pub fn changes(&self) -> String {
        self.0.changes()
    }

    /// That it is durable, or could not be kept: JSON of the verdict that waited for it, if one did.
    pub fn settle(&mut self, kept: bool) -> String {
        self.0.settle(kept).to_string()
    }

    /// What to tell the venue's other gates, if there are to be any: JSON.
    pub fn tell(&mut self) -> Option<String> {
        self.0.tell()
    }

    /// Hears what they answered: whether there is more.
    pub fn hear(&mut self, answer: &str, now: f64) -> Result<bool, String> {
        self.0.hear(answer, moment(now)).map_err(|error| error.to_string())
    }

    /// Keeps an entry log by this policy (base64url) from now on.
    pub fn keep_log(&mut self, policy: &str) -> Result<(), String> {
        self.0.keep_log(policy).map_err(|error| error.to_string())
    }

    /// What to hand over of the entry log, if there is something: JSON.
    pub fn tell_log(&mut self, now: f64) -> Result<Option<String>, String> {
        self.0.tell_log(moment(now)).map_err(|error| error.to_string())
    }

    /// Hears the answer, or that it was refused: whether there is more.
    pub fn hear_log(&mut self, answer: Option<String>, now: f64) -> Result<bool, String> {
        self.0.hear_log(answer.as_deref(), moment(now)).map_err(|error| error.to_string())
    }

    /// Forgets the marks of tickets that ended, and rows of days whose keys did.
    pub fn forget_ended(&mut self, now: f64) {
        self.0.forget_ended(moment(now));
    }

    /// Forgets passes whose codes count no more.
    pub fn forget(&mut self, now: f64) {
        self.0.forget(moment(now));
    }

    /// What the gate is and how old what it knows: JSON for the page.
    pub fn standing(&self, now: f64, korean: bool) -> String {
        self.0.standing(moment(now), lang(korean)).to_string()
    }
}

/// Whether a trust bundle may take the place of one that may have ended; the error says why not.
#[wasm_bindgen]
pub fn succeeds(before: &[u8], bundle: &[u8], now: f64) -> Result<(), String> {
    door::succeeds(before, bundle, moment(now)).map_err(|error| error.to_string())
}

/// The texts of the QR codes in a picture of `width` by `height` pixels, four bytes each (canvas `ImageData`).
#[wasm_bindgen]
pub fn codes(rgba: &[u8], width: usize, height: usize) -> Vec<String> {
    let grey = luma(rgba);
    Frame::new(&grey, width, height).map(|frame| frame.codes()).unwrap_or_default()
}

/// The modules of a QR code at level M, row by row, 1 dark; empty where the text is too long for one.
#[wasm_bindgen]
pub fn modules(text: &str) -> Vec<u8> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M);
    let colours = code.map(|code| code.to_colors()).unwrap_or_default();
    colours.into_iter().map(|colour| u8::from(colour == Color::Dark)).collect()
}

const fn lang(korean: bool) -> Lang {
    if korean { Lang::Ko } else { Lang::En }
}

/// A moment of JavaScript's clock, in whole seconds.
fn moment(now: f64) -> Timestamp {
    // Beyond what an integer holds it stays at the end, and what is judged then is refused.
    Timestamp::from_unix(now as i64)
}
