//! Air between the items of printed code, and lines of documentation.

use crate::documentation::LINE_END;

/// Puts an empty line between the items of a file and between the functions of an `impl`, and
/// each line of documentation on a line of its own.
pub(super) fn spaced(code: &str) -> String {
    let mut spaced = String::with_capacity(code.len() + code.len() / 16);
    let mut previous = "";
    for line in code.lines() {
        if ends_item(previous) && begins_item(line) && indentation(previous) == indentation(line) {
            spaced.push('\n');
        }
        for (index, line_of_documentation) in line.split(LINE_END).enumerate() {
            if index > 0 {
                spaced.push_str(line.get(..indentation(line)).unwrap_or_default());
                spaced.push_str("///");
            }
            spaced.push_str(line_of_documentation);
            spaced.push('\n');
        }
        previous = line;
    }
    spaced
}

fn ends_item(line: &str) -> bool {
    matches!(line, "}" | "    }" | "};" | "    };")
        || (line.starts_with("use ") && line.ends_with(';'))
        || line.starts_with("pub use ")
        || (line.starts_with("pub struct ") && line.ends_with(");"))
}

fn begins_item(line: &str) -> bool {
    const BEGINNINGS: &[&str] = &[
        "///", "#[", "pub ", "impl", "fn ", "mod ", "static ", "const ", "async ",
    ];
    let code = line.trim_start();
    !line.starts_with("use ")
        && !line.starts_with("pub use ")
        && BEGINNINGS
            .iter()
            .any(|beginning| code.starts_with(beginning))
}

pub(super) fn indentation(line: &str) -> usize {
    line.len() - line.trim_start().len()
}
