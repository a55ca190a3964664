//! Pictures of codes as a camera would see them: a grid of modules on a card in space, with the faults that cameras have.
//! Each scene is drawn from its numbers alone, so that a picture that could not be read can be drawn again.

/// How a code is seen.
#[derive(Debug, Clone, PartialEq)]
pub struct Scene {
    /// Pixels from left to right.
    pub width: usize,
    /// Pixels from top to bottom.
    pub height: usize,
    /// Pixels a module, where the card's middle is.
    pub module: f64,
    /// How far the card is turned, in degrees.
    pub angle: f64,
    /// How far the card's middle is from the picture's, in pixels to the right and down.
    pub offset: (f64, f64),
    /// How far the card is tilted, to the right and down: at 0.2, its one edge is a fifth nearer than its middle.
    pub tilt: (f64, f64),
    /// Seen in a mirror.
    pub mirrored: bool,
    /// What is dark is light and the reverse, the quiet zone too.
    pub inverted: bool,
    /// Standard deviation of the blur, in pixels.
    pub blur: f64,
    /// Grey of what is dark and of what is light.
    pub greys: (f64, f64),
    /// How much darker the right edge of the picture is than the left: 0 not at all, 1 black.
    pub shade: f64,
    /// Standard deviation of the noise of each pixel.
    pub noise: f64,
    /// Of the noise.
    pub seed: u64,
}

impl Scene {
    /// A sharp code of `module` pixels a module in the middle of a picture of 640 × 480.
    #[must_use]
    pub fn sharp(module: f64) -> Self {
        Self {
            width: 640,
            height: 480,
            module,
            angle: 0.0,
            offset: (0.0, 0.0),
            tilt: (0.0, 0.0),
            mirrored: false,
            inverted: false,
            blur: 0.0,
            greys: (0.0, 255.0),
            shade: 0.0,
            noise: 0.0,
            seed: 1,
        }
    }

    /// The picture of a code of `modules`, of which `true` is dark, row by row: one byte of grey a pixel. The card is the code
    /// and its quiet zone; around it the picture has the grey of the middle.
    #[must_use]
    pub fn draw(&self, modules: &[bool]) -> Vec<u8> {
        let side = modules.len().isqrt();
        let mut picture: Vec<f64> = (0..self.height)
            .flat_map(|y| (0..self.width).map(move |x| (x, y)))
            .map(|(x, y)| self.grey(modules, side, x, y))
            .collect();
        if self.blur > 0.0 {
            picture = blurred(&picture, self.width, self.blur);
        }
        let mut noise = Noise(self.seed | 1);
        let seen = |(at, grey): (usize, f64)| {
            let column = number(at % self.width.max(1)) / number(self.width.max(2) - 1);
            let grey = grey * (1.0 - self.shade * column) + self.noise * noise.next();
            byte(grey)
        };
        picture.into_iter().enumerate().map(seen).collect()
    }

    /// What one pixel sees: the mean of nine points in it.
    fn grey(&self, modules: &[bool], side: usize, x: usize, y: usize) -> f64 {
        let points =
            (0..9_usize).map(|at| (number(at % 3) / 3.0 + 1.0 / 6.0, number(at / 3) / 3.0 + 1.0 / 6.0));
        let sum: f64 = points.map(|(dx, dy)| self.point(modules, side, number(x) + dx, number(y) + dy)).sum();
        sum / 9.0
    }

    /// The grey at a point of the picture: where its ray meets the card.
    fn point(&self, modules: &[bool], side: usize, x: f64, y: f64) -> f64 {
        let (dark, light) = if self.inverted { (self.greys.1, self.greys.0) } else { self.greys };
        let (x, y) =
            (x - number(self.width) / 2.0 - self.offset.0, y - number(self.height) / 2.0 - self.offset.1);
        let (sin, cos) = self.angle.to_radians().sin_cos();
        let (x, y) = ((cos * x + sin * y) / self.module, (cos * y - sin * x) / self.module);
        let half = number(side) / 2.0;
        let depth = 1.0 + (self.tilt.0 * x + self.tilt.1 * y) / half.max(1.0);
        if depth < 0.1 {
            return f64::midpoint(dark, light);
        }
        let (x, y) = (if self.mirrored { -x } else { x } / depth + half, y / depth + half);
        let quiet = 4.0;
        let on_card = |at: f64| at >= -quiet && at < number(side) + quiet;
        if !on_card(x) || !on_card(y) {
            return f64::midpoint(dark, light);
        }
        let module = |at: f64| (at >= 0.0 && at < number(side)).then(|| whole(at));
        let is_dark = module(x).zip(module(y)).and_then(|(x, y)| modules.get(y * side + x));
        if is_dark == Some(&true) { dark } else { light }
    }
}

/// Blurred along the rows, then along the columns.
fn blurred(picture: &[f64], width: usize, deviation: f64) -> Vec<f64> {
    let reach = whole((3.0 * deviation).ceil());
    let weights: Vec<f64> = (0..=reach).map(|at| (-0.5 * (number(at) / deviation).powi(2)).exp()).collect();
    let along = |picture: &[f64], stride: usize, length: usize| -> Vec<f64> {
        let mean = |at: usize| {
            let place = (at / stride) % length;
            let (mut sum, mut weight) = (0.0, 0.0);
            for (far, share) in weights.iter().enumerate() {
                let before = (far <= place).then(|| at - far * stride);
                let after = (far > 0 && place + far < length).then(|| at + far * stride);
                for grey in before.into_iter().chain(after).filter_map(|at| picture.get(at)) {
                    sum += share * grey;
                    weight += share;
                }
            }
            sum / weight
        };
        (0..picture.len()).map(mean).collect()
    };
    let height = picture.len() / width.max(1);
    along(&along(picture, 1, width), width, height)
}

/// Noise with a mean of nought and a deviation of one: the sum of twelve even numbers (xorshift64*).
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> f64 {
        let sum: f64 = (0..12).map(|_| self.even()).sum();
        sum - 6.0
    }

    /// From 0 to 1.
    fn even(&mut self) -> f64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let high = u32::try_from(self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 32).unwrap_or_default();
        f64::from(high) / f64::from(u32::MAX)
    }
}

fn number(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "asked of small numbers, none below nought"
)]
fn whole(at: f64) -> usize {
    at as usize
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a float to a byte saturates")]
fn byte(grey: f64) -> u8 {
    grey.round() as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Dark at the top left, light elsewhere.
    const CORNER: [bool; 9] = [true, false, false, false, false, false, false, false, false];

    fn small(scene: Scene) -> Vec<u8> {
        Scene { width: 11, height: 11, ..scene }.draw(&CORNER)
    }

    fn darkest(picture: &[u8]) -> Vec<(usize, usize)> {
        (0..picture.len()).filter(|at| picture[*at] == 0).map(|at| (at % 11, at / 11)).collect()
    }

    #[test]
    fn a_card_is_turned_mirrored_and_inverted_about_its_middle() {
        let sharp = Scene::sharp(1.0);
        assert_eq!(darkest(&small(sharp.clone())), [(4, 4)]);
        assert_eq!(darkest(&small(Scene { angle: 90.0, ..sharp.clone() })), [(6, 4)]);
        assert_eq!(darkest(&small(Scene { angle: 180.0, ..sharp.clone() })), [(6, 6)]);
        assert_eq!(darkest(&small(Scene { mirrored: true, ..sharp.clone() })), [(6, 4)]);
        assert_eq!(darkest(&small(Scene { offset: (2.0, 1.0), ..sharp.clone() })), [(6, 5)]);
        assert_eq!(darkest(&small(Scene { inverted: true, ..sharp.clone() })).len(), 120);
        assert_eq!(small(Scene { inverted: true, ..sharp })[4 * 11 + 4], 255);
    }

    #[test]
    fn blur_noise_shade_and_contrast_are_what_they_say() {
        let sharp = Scene::sharp(1.0);
        let grey = small(Scene { greys: (40.0, 200.0), ..sharp.clone() });
        assert_eq!((grey[0], grey[4 * 11 + 4]), (200, 40));
        let shaded = small(Scene { shade: 0.5, ..sharp.clone() });
        assert_eq!((shaded[0], shaded[10]), (255, 128));
        let blurred = small(Scene { blur: 0.7, ..sharp.clone() });
        assert!(blurred[4 * 11 + 4] > 100 && blurred[4 * 11 + 3] < 240 && blurred[0] == 255);
        let noisy = Scene { width: 200, height: 200, greys: (128.0, 128.0), noise: 10.0, ..sharp };
        let picture = noisy.draw(&CORNER);
        let mean = picture.iter().map(|it| f64::from(*it)).sum::<f64>() / 40_000.0;
        let variance = picture.iter().map(|it| (f64::from(*it) - mean).powi(2)).sum::<f64>() / 40_000.0;
        assert!((mean - 128.0).abs() < 0.5 && (variance.sqrt() - 10.0).abs() < 0.3, "{mean} {variance}");
        assert_eq!(picture, noisy.draw(&CORNER));
    }

    #[test]
    fn a_tilted_card_is_wider_where_it_is_nearer() {
        let ruler: Vec<bool> = (0..21 * 21).map(|at| at % 21 == 0 || at % 21 == 20).collect();
        let picture = Scene { tilt: (0.2, 0.0), ..Scene::sharp(8.0) }.draw(&ruler);
        let tall = |x: usize| (0..480).filter(|y| picture[y * 640 + x] < 40).count();
        let (left, right) = ((0..320).map(tall).max().unwrap(), (320..640).map(tall).max().unwrap());
        assert_ne!(left, right);
        assert!(left.abs_diff(right) > 30, "{left} {right}");
    }
}
