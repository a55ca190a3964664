//! What the house rules read in Markdown: links and rows of tables.

/// The targets of the links in `text`, `[label](target)` and images alike, outside code; with their line, from 1.
pub fn links(text: &str) -> Vec<(usize, &str)> {
    let mut fenced = false;
    let mut found = Vec::new();
    for (number, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        } else if !fenced {
            found.extend(links_of_line(line).into_iter().map(|target| (number + 1, target)));
        }
    }
    found
}

/// The cells of each row of the tables in `text`, trimmed, backticks removed, with the heading (`## …`) above it.
/// Header and rule rows are rows too.
pub fn rows(text: &str) -> Vec<(&str, Vec<String>)> {
    let mut heading = "";
    let mut found = Vec::new();
    for line in text.lines() {
        if let Some(title) = line.strip_prefix("## ") {
            heading = title;
        } else if let Some(row) = line.trim().strip_prefix('|').and_then(|row| row.strip_suffix('|')) {
            found.push((
                heading,
                row.split('|').map(|cell| cell.replace('`', "").trim().to_owned()).collect(),
            ));
        }
    }
    found
}

fn links_of_line(line: &str) -> Vec<&str> {
    let outside_code = line.split('`').step_by(2);
    let targets = outside_code.flat_map(|text| text.split("](").skip(1));
    targets.filter_map(|rest| rest.split_once(')')).map(|(target, _)| target).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_found_outside_code() {
        let text =
            "see [a](one.md) and ![b](two.svg#x)\n```\n[c](three.md)\n```\n`[d](four.md)` [e](five.md)";
        assert_eq!(links(text), [(1, "one.md"), (1, "two.svg#x"), (5, "five.md")]);
    }

    #[test]
    fn rows_know_their_heading_and_lose_their_backticks() {
        let found = rows("## A: x\n| `SD-01` | rule |\nno row\n## B\n|c|d|");
        let cells = |row: [&str; 2]| row.map(str::to_owned).to_vec();
        assert_eq!(found, [("A: x", cells(["SD-01", "rule"])), ("B", cells(["c", "d"]))]);
    }
}
