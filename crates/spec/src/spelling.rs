//! What somebody meant who wrote a name that does not exist.

/// The candidate that a name is a misspelling of, if there is one.
pub(crate) fn nearest<'a>(
    name: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    const LONGEST: usize = 100;
    if name.len() > LONGEST {
        return None;
    }
    let folded = fold(name);
    let length = folded.chars().count();
    // Names whose lengths differ by more are told apart without a look at their letters.
    let is_near = |candidate: &&str| {
        folded_characters(candidate).count().abs_diff(length) <= tolerance(candidate)
    };
    candidates
        .into_iter()
        .filter(is_near)
        .map(|candidate| (strsim::osa_distance(&folded, &fold(candidate)), candidate))
        .filter(|(distance, candidate)| *distance <= tolerance(candidate))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Asks whether a candidate was meant, or else gives other advice.
pub(crate) fn advice(name: &str, candidates: &[&str], otherwise: &str) -> String {
    match nearest(name, candidates.iter().copied()) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => otherwise.to_owned(),
    }
}

/// Short names differ from many others by two letters.
fn tolerance(candidate: &str) -> usize {
    match candidate.chars().count() {
        0..=3 => 0,
        4..=7 => 1,
        _ => 2,
    }
}

/// Writes `successCriteria`, `success_criteria` and `Success-Criteria` alike.
fn fold(name: &str) -> String {
    folded_characters(name).collect()
}

fn folded_characters(name: &str) -> impl Iterator<Item = char> {
    let mut after_lower_case = false;
    name.chars().flat_map(move |character| {
        let begins_word = character.is_uppercase() && after_lower_case;
        after_lower_case = character.is_lowercase();
        let written = if character == '_' { '-' } else { character };
        let hyphen = begins_word.then_some('-');
        hyphen.into_iter().chain(written.to_lowercase())
    })
}
