//! The table that the demo ends with.

use std::time::Duration;

/// One way of getting a token, and what came of it.
pub(crate) struct Row {
    /// The API.
    pub(crate) api: &'static str,
    /// The way in.
    pub(crate) way: &'static str,
    /// What was seen, or what went wrong.
    pub(crate) outcome: Result<Seen, Failure>,
    /// How long it took.
    pub(crate) time: Duration,
}

/// What was seen.
pub(crate) struct Seen {
    /// The shape of what was sent, never its value.
    pub(crate) shape: String,
    /// How many token requests the sandbox counted.
    pub(crate) token_requests: usize,
    /// The call that was made.
    pub(crate) call: &'static str,
    /// What it gave.
    pub(crate) result: String,
}

/// What went wrong.
pub(crate) struct Failure {
    /// What should have happened.
    pub(crate) expected: String,
    /// What happened.
    pub(crate) came: String,
    /// Where to look.
    pub(crate) look: String,
}

const HEADINGS: [&str; 7] = [
    "API",
    "way in",
    "sent",
    "token requests",
    "call",
    "result",
    "time",
];

/// The table, with a paragraph for each row that failed.
pub(crate) fn render(rows: &[Row]) -> String {
    let cells: Vec<[String; 7]> = rows.iter().map(cells).collect();
    let mut widths = HEADINGS.map(str::len);
    for row in &cells {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut text = line(&HEADINGS.map(ToString::to_string), &widths);
    text.push_str(&line(&widths.map(|width| "-".repeat(width)), &widths));
    for row in &cells {
        text.push_str(&line(row, &widths));
    }
    for row in rows {
        if let Err(failure) = &row.outcome {
            text.push_str(&format!(
                "\n{}, {} failed\n  expected: {}\n  came:     {}\n  look at:  {}\n",
                row.api, row.way, failure.expected, failure.came, failure.look
            ));
        }
    }
    text
}

fn cells(row: &Row) -> [String; 7] {
    let (shape, requests, call, result) = match &row.outcome {
        Ok(seen) => (
            seen.shape.clone(),
            seen.token_requests.to_string(),
            seen.call.to_string(),
            seen.result.clone(),
        ),
        Err(_) => (
            String::new(),
            String::new(),
            String::new(),
            "FAILED".to_string(),
        ),
    };
    let time = format!("{} ms", row.time.as_millis());
    [
        row.api.to_string(),
        row.way.to_string(),
        shape,
        requests,
        call,
        result,
        time,
    ]
}

fn line(cells: &[String; 7], widths: &[usize; 7]) -> String {
    let padded = cells
        .iter()
        .zip(widths)
        .map(|(cell, width)| format!("{cell:width$}"));
    let line = padded.collect::<Vec<_>>().join("  ");
    format!("{}\n", line.trim_end())
}
