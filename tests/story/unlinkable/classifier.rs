//! Whoever wants to link: boosted trees over what two passes have in common, and the evidence of each single bit; how well
//! that ranks pairs (AUC) among pairs that could be of one person for all that is known otherwise, and how well it would by
//! chance.

use std::collections::BTreeMap;

use super::chance::Chance;

/// A pair of passes: their places, the numbers of what they have in common, and their bits compared.
pub(super) struct Pair {
    pub(super) numbers: Vec<f32>,
    /// One where bits differ.
    pub(super) differ: Vec<u8>,
}

const ROUNDS: usize = 40;
const BINS: usize = 16;
const RATE: f32 = 0.3;

/// A tree of two levels: where numbers are split, and what the four ends say.
struct Tree {
    splits: [(usize, f32); 3],
    ends: [f32; 4],
}

impl Tree {
    fn score(&self, numbers: &[f32]) -> f32 {
        self.ends[self.end(numbers)]
    }

    fn end(&self, numbers: &[f32]) -> usize {
        let above = |(number, limit): (usize, f32)| numbers[number] > limit;
        match (above(self.splits[0]), above(self.splits[1]), above(self.splits[2])) {
            (false, false, _) => 0,
            (false, true, _) => 1,
            (true, _, false) => 2,
            (true, _, true) => 3,
        }
    }
}

/// What was learnt from pairs of which it is known whether they are of one person.
pub(super) struct Classifier {
    trees: Vec<Tree>,
    /// For each bit the evidence when it is alike, and when it differs.
    bits: Vec<[f32; 2]>,
}

impl Classifier {
    pub(super) fn train(pairs: &[Pair], same: &[bool]) -> Self {
        Self { trees: boost(pairs, same), bits: evidence(pairs, same) }
    }

    /// How much speaks for one person.
    pub(super) fn score(&self, pair: &Pair) -> f32 {
        let trees: f32 = self.trees.iter().map(|tree| tree.score(&pair.numbers)).sum();
        let mut bits = 0.0;
        for (byte, evidence) in pair.differ.iter().zip(self.bits.chunks_exact(8)) {
            for (bit, evidence) in evidence.iter().enumerate() {
                bits += evidence[usize::from(byte >> bit & 1)];
            }
        }
        trees + bits
    }
}

/// Naive Bayes over single bits.
fn evidence(pairs: &[Pair], same: &[bool]) -> Vec<[f32; 2]> {
    let count = pairs.first().map_or(0, |pair| pair.differ.len() * 8);
    let (mut differing, mut total) = (vec![[1.0_f32; 2]; count], [2.0_f32; 2]);
    for (pair, same) in pairs.iter().zip(same) {
        let class = usize::from(*same);
        total[class] += 1.0;
        for (byte, counts) in pair.differ.iter().zip(differing.chunks_exact_mut(8)) {
            for (bit, count) in counts.iter_mut().enumerate() {
                count[class] += f32::from(byte >> bit & 1);
            }
        }
    }
    let ratio = |[other, same]: [f32; 2]| {
        let (same, other) = (same / total[1], other / total[0]);
        [((1.0 - same) / (1.0 - other)).ln(), (same / other).ln()]
    };
    differing.into_iter().map(ratio).collect()
}

/// Gradient boosting by logistic loss: each tree mends what those before it got wrong.
fn boost(pairs: &[Pair], same: &[bool]) -> Vec<Tree> {
    let Some(first) = pairs.first() else { return Vec::new() };
    let limits: Vec<Vec<f32>> = (0..first.numbers.len()).map(|number| quantiles(pairs, number)).collect();
    let binned: Vec<Vec<u8>> = pairs.iter().map(|pair| bins(&pair.numbers, &limits)).collect();
    let (mut scores, mut trees) = (vec![0.0_f32; pairs.len()], Vec::new());
    for _ in 0..ROUNDS {
        let slopes: Vec<[f32; 2]> =
            scores.iter().zip(same).map(|(score, same)| slope(*score, *same)).collect();
        let all: Vec<usize> = (0..pairs.len()).collect();
        let Some(root) = best_split(&all, &binned, &slopes, &limits) else { break };
        let (below, above): (Vec<usize>, Vec<usize>) =
            all.iter().partition(|pair| pairs[**pair].numbers[root.0] <= root.1);
        // A side that cannot be split again says one thing.
        let whole = (root.0, f32::INFINITY);
        let split = |side: &[usize]| best_split(side, &binned, &slopes, &limits).unwrap_or(whole);
        let splits = [root, split(&below), split(&above)];
        let mut tree = Tree { splits, ends: [0.0; 4] };
        let mut sums = [[0.0_f32; 2]; 4];
        for (pair, slope) in pairs.iter().zip(&slopes) {
            let sum = &mut sums[tree.end(&pair.numbers)];
            *sum = [sum[0] + slope[0], sum[1] + slope[1]];
        }
        tree.ends = sums.map(|[slope, bend]| RATE * slope / (bend + 1.0));
        scores.iter_mut().zip(pairs).for_each(|(score, pair)| *score += tree.score(&pair.numbers));
        trees.push(tree);
    }
    trees
}

/// Slope and bend of the loss.
fn slope(score: f32, same: bool) -> [f32; 2] {
    let likely = 1.0 / (1.0 + (-score).exp());
    [f32::from(u8::from(same)) - likely, (likely * (1.0 - likely)).max(1e-6)]
}

fn quantiles(pairs: &[Pair], number: usize) -> Vec<f32> {
    let mut values: Vec<f32> = pairs.iter().map(|pair| pair.numbers[number]).collect();
    values.sort_by(f32::total_cmp);
    let mut limits: Vec<f32> = (1..BINS).map(|part| values[part * (values.len() - 1) / BINS]).collect();
    // What few have is split off too.
    limits.extend([values[0], values[values.len() - 1 - (values.len() - 1) / 200]]);
    limits.sort_by(f32::total_cmp);
    limits.dedup();
    limits
}

fn bins(numbers: &[f32], limits: &[Vec<f32>]) -> Vec<u8> {
    let bin = |(number, limits): (&f32, &Vec<f32>)| limits.partition_point(|limit| limit < number) as u8;
    numbers.iter().zip(limits).map(bin).collect()
}

/// The number and limit by which these pairs are best told apart.
fn best_split(
    of: &[usize],
    binned: &[Vec<u8>],
    slopes: &[[f32; 2]],
    limits: &[Vec<f32>],
) -> Option<(usize, f32)> {
    let worth = |[slope, bend]: [f32; 2]| slope * slope / (bend + 1.0);
    let mut sums = vec![[[0.0_f32; 2]; BINS + 2]; limits.len()];
    for pair in of {
        let [slope, bend] = slopes[*pair];
        for (sums, bin) in sums.iter_mut().zip(&binned[*pair]) {
            let sum = &mut sums[usize::from(*bin)];
            *sum = [sum[0] + slope, sum[1] + bend];
        }
    }
    let mut best = (1e-3, None);
    for (number, (sums, limits)) in sums.iter().zip(limits).enumerate() {
        let all = sums.iter().fold([0.0; 2], |all, sum| [all[0] + sum[0], all[1] + sum[1]]);
        let mut below = [0.0; 2];
        for (sum, limit) in sums.iter().zip(limits) {
            below = [below[0] + sum[0], below[1] + sum[1]];
            let above = [all[0] - below[0], all[1] - below[1]];
            let gain = worth(below) + worth(above) - worth(all);
            if gain > best.0 {
                best = (gain, Some((number, *limit)));
            }
        }
    }
    best.1
}

/// Pairs of passes that could be of one person for all that is known otherwise: only these are ranked among each other.
pub(super) struct Ranked {
    passes: usize,
    /// How many pairs each stratum has.
    strata: Vec<usize>,
    /// Of each pair its stratum and the rank of its score there, ties sharing theirs.
    ranks: Vec<Option<(usize, f64)>>,
}

impl Ranked {
    /// Pairs of `passes` passes, with their scores, by strata.
    pub(super) fn of(passes: usize, scored: Vec<Vec<(usize, usize, f32)>>) -> Self {
        let mut ranked = Self { passes, strata: Vec::new(), ranks: vec![None; passes * passes] };
        for (stratum, mut pairs) in scored.into_iter().enumerate() {
            ranked.strata.push(pairs.len());
            pairs.sort_by(|one, two| one.2.total_cmp(&two.2));
            let mut below = 0;
            for ties in pairs.chunk_by(|one, two| one.2 == two.2) {
                let rank = below as f64 + (ties.len() + 1) as f64 / 2.0;
                below += ties.len();
                for (one, two, _) in ties {
                    ranked.ranks[one * passes + two] = Some((stratum, rank));
                }
            }
        }
        ranked
    }

    /// How likely a pair of one person is ranked above a pair of two in its stratum, and how many pairs of one there are.
    pub(super) fn auc(&self, wallets: &[usize]) -> (f64, usize) {
        let mut own: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        wallets.iter().enumerate().for_each(|(pass, wallet)| own.entry(*wallet).or_default().push(pass));
        let mut found = vec![(0_usize, 0.0); self.strata.len()];
        for passes in own.values() {
            for (one, two) in passes.iter().flat_map(|one| passes.iter().map(move |two| (one, two))) {
                if let Some((stratum, rank)) = self.ranks[one * self.passes + two] {
                    let (count, ranks) = &mut found[stratum];
                    *count += 1;
                    *ranks += rank;
                }
            }
        }
        let (mut above, mut compared, mut pairs) = (0.0, 0.0, 0);
        for ((own, ranks), all) in found.into_iter().zip(&self.strata) {
            let count = own as f64;
            above += ranks - count * (count + 1.0) / 2.0;
            compared += count * (all - own) as f64;
            pairs += own;
        }
        (above / compared, pairs)
    }

    /// The interval in which 99 of 100 AUCs lie if passes belong to people by chance: wallets are exchanged among passes that
    /// stand in one cell.
    pub(super) fn by_chance(
        &self,
        wallets: &[usize],
        cells: &[Vec<usize>],
        chance: &mut Chance,
    ) -> (f64, f64) {
        const DRAWN: usize = 999;
        let mut aucs = Vec::with_capacity(DRAWN);
        let mut drawn = wallets.to_vec();
        for _ in 0..DRAWN {
            for cell in cells {
                let mut owners: Vec<usize> = cell.iter().map(|pass| wallets[*pass]).collect();
                chance.shuffle(&mut owners);
                cell.iter().zip(owners).for_each(|(pass, owner)| drawn[*pass] = owner);
            }
            aucs.push(self.auc(&drawn).0);
        }
        aucs.sort_by(f64::total_cmp);
        (aucs[DRAWN / 200], aucs[DRAWN - 1 - DRAWN / 200])
    }
}
