//! RFC 3339 moments, and those that lack its zone.

/// The Unix time of a moment such as `2026-01-31T10:00:00.5+01:00`, in seconds. Without a zone it is
/// taken for UTC: who writes no zone mostly means that, and a token that is taken for alive too long
/// is replaced when it is refused.
pub(crate) fn unix_seconds(text: &str) -> Option<f64> {
    let (date, time) = text.split_once(['T', 't', ' '])?;
    let (year, month, day) = date_parts(date)?;
    let zone_at = time.find(['Z', 'z', '+', '-']).unwrap_or(time.len());
    let (clock, zone) = time.split_at_checked(zone_at)?;
    let midnight = days_since_epoch(year, month, day) * 86_400;
    Some(midnight as f64 + clock_seconds(clock)? - offset(zone)?)
}

fn date_parts(date: &str) -> Option<(i64, i64, i64)> {
    let mut parts = date.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    let length_fits = (year.len(), month.len(), day.len()) == (4, 2, 2);
    let (year, month, day) = (number(year)?, number(month)?, number(day)?);
    let fits = (1..=12).contains(&month) && (1..=31).contains(&day);
    (length_fits && fits && parts.next().is_none()).then_some((year, month, day))
}

fn clock_seconds(clock: &str) -> Option<f64> {
    let mut parts = clock.split(':');
    let (hour, minute, second) = (parts.next()?, parts.next()?, parts.next()?);
    let whole = second.split('.').next()?;
    let (hour, minute, whole) = (number(hour)?, number(minute)?, number(whole)?);
    let fits = hour < 24 && minute < 60 && whole <= 60 && parts.next().is_none();
    let second: f64 = second.parse().ok()?;
    fits.then(|| (hour * 3600 + minute * 60) as f64 + second)
}

/// The offset from UTC in seconds: `Z`, `+01:00`, `-0530`, or nothing.
fn offset(zone: &str) -> Option<f64> {
    if matches!(zone, "Z" | "z" | "") {
        return Some(0.0);
    }
    let digits: String = zone.chars().skip(1).filter(|digit| *digit != ':').collect();
    let (hours, minutes) = digits.split_at_checked(2)?;
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    let seconds = (hours * 3600 + minutes * 60) as f64;
    let fits = hours < 24 && minutes < 60;
    fits.then_some(if zone.starts_with('-') {
        -seconds
    } else {
        seconds
    })
}

fn number(digits: &str) -> Option<i64> {
    let plain = (1..=4).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    plain.then(|| digits.parse().ok()).flatten()
}

/// Days since 1970-01-01 in the Gregorian calendar, by counting years from March.
fn days_since_epoch(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_read() {
        for (text, seconds) in [
            ("1970-01-01T00:00:00Z", Some(0.0)),
            ("1970-01-01 00:00:01z", Some(1.0)),
            ("2000-02-29T23:59:59Z", Some(951_868_799.0)),
            ("2023-11-14T22:13:20Z", Some(1_700_000_000.0)),
            ("2023-11-14T23:13:20.25+01:00", Some(1_700_000_000.25)),
            ("2023-11-14T16:43:20-05:30", Some(1_700_000_000.0)),
            ("9999-12-31T23:59:59Z", Some(253_402_300_799.0)),
            ("2023-11-14T22:13:20", Some(1_700_000_000.0)),
            ("2023-11-14 22:13:20.25", Some(1_700_000_000.25)),
            ("2023-11-14 22:13", None),
            ("2023-11-14", None),
            ("2023-13-14T22:13:20Z", None),
            ("2023-11-14T25:13:20Z", None),
            ("2023-11-14T22:13:20+1", None),
            ("23-11-14T22:13:20Z", None),
            ("2023-11-14T-1:13:20Z", None),
            ("é", None),
            ("", None),
        ] {
            assert_eq!(unix_seconds(text), seconds, "{text}");
        }
    }
}
