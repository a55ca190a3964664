//! Whether two words are one slip apart: a letter too many, too few, another, or two that changed places.

/// Whether `a` becomes `b` by exactly one slip.
pub(super) fn one_slip(a: &[char], b: &[char]) -> bool {
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    let same = short.iter().zip(long).take_while(|(a, b)| a == b).count();
    let rest = |of: &'_ [char], skipped: usize| of.get(same + skipped..).map(<[char]>::to_vec);
    match long.len() - short.len() {
        0 if same == long.len() => false,
        0 => rest(short, 1) == rest(long, 1) || swapped(short, long, same),
        1 => rest(short, 0) == rest(long, 1),
        _ => false,
    }
}

fn swapped(a: &[char], b: &[char], at: usize) -> bool {
    let (here, next) = (a.get(at), a.get(at + 1));
    next.is_some() && here == b.get(at + 1) && next == b.get(at) && a.get(at + 2..) == b.get(at + 2..)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_slip_and_no_more() {
        let slip =
            |a: &str, b: &str| one_slip(&a.chars().collect::<Vec<_>>(), &b.chars().collect::<Vec<_>>());
        for (a, b) in
            [("lawer", "lawyer"), ("atorney", "attorney"), ("veterinarain", "veterinarian"), ("cat", "car")]
        {
            assert!(slip(a, b) && slip(b, a), "{a} {b}");
        }
        for (a, b) in [("lawyer", "lawyer"), ("lwer", "lawyer"), ("abcd", "badc"), ("", "ab")] {
            assert!(!slip(a, b) && !slip(b, a), "{a} {b}");
        }
    }
}
