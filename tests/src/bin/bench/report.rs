//! Figures beside their gates.

/// One figure.
pub(crate) struct Figure {
    /// What was measured.
    what: String,
    /// What came out.
    measured: String,
    /// What should have come out at least; `None` where nothing is asked.
    gate: Option<Gate>,
}

struct Gate {
    text: String,
    is_met: bool,
}

impl Figure {
    /// A figure that nothing is asked of.
    pub(crate) fn new(what: impl Into<String>, measured: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            measured: measured.into(),
            gate: None,
        }
    }

    /// The same figure, held to a gate.
    pub(crate) fn gate(mut self, text: impl Into<String>, is_met: bool) -> Self {
        self.gate = Some(Gate {
            text: text.into(),
            is_met,
        });
        self
    }
}

const HEADINGS: [&str; 4] = ["measured", "figure", "gate", ""];

/// Prints a table of figures.
pub(crate) fn print(title: &str, figures: &[Figure]) {
    let rows: Vec<[&str; 4]> = figures.iter().map(cells).collect();
    let mut widths = HEADINGS.map(str::len);
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    println!("\n{title}\n");
    print_line(&HEADINGS, &widths);
    for row in &rows {
        print_line(row, &widths);
    }
}

fn cells(figure: &Figure) -> [&str; 4] {
    let (gate, verdict) = match &figure.gate {
        Some(gate) if gate.is_met => (gate.text.as_str(), "met"),
        Some(gate) => (gate.text.as_str(), "MISSED"),
        None => ("", ""),
    };
    [&figure.what, &figure.measured, gate, verdict]
}

fn print_line(cells: &[&str; 4], widths: &[usize; 4]) {
    let padded = cells
        .iter()
        .zip(widths)
        .map(|(cell, width)| format!("{cell:width$}"));
    let line = padded.collect::<Vec<_>>().join("  ");
    println!("  {}", line.trim_end());
}
