//! PostgreSQL's `numeric` as it comes over the wire: base-10000 digits, a weight and a scale.

use std::fmt::Write;

/// The number in full, as `numeric_out` writes it.
pub(crate) fn to_text(bytes: &[u8]) -> Option<String> {
    let field = |at: usize| Some(u16::from_be_bytes(bytes.get(at..at + 2)?.try_into().ok()?));
    let count = usize::from(field(0)?);
    let weight = i32::from(field(2)? as i16);
    let (sign, scale) = (field(4)?, usize::from(field(6)?));
    match sign {
        0xC000 => return Some("NaN".to_owned()),
        0xD000 => return Some("Infinity".to_owned()),
        0xF000 => return Some("-Infinity".to_owned()),
        _ => {}
    }
    // Digits beyond those sent are zeros, before and after.
    let digit = |place: i32| match usize::try_from(weight - place) {
        Ok(index) if index < count => field(8 + 2 * index),
        _ => Some(0),
    };
    let mut text = String::from(if sign == 0x4000 { "-" } else { "" });
    write!(text, "{}", if weight < 0 { 0 } else { digit(weight)? }).ok()?;
    for place in (0..weight).rev() {
        write!(text, "{:04}", digit(place)?).ok()?;
    }
    if scale > 0 {
        let mut fraction = String::with_capacity(scale + 4);
        for place in 1..=scale.div_ceil(4) as i32 {
            write!(fraction, "{:04}", digit(-place)?).ok()?;
        }
        text.push('.');
        text.push_str(fraction.get(..scale)?);
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::to_text;

    fn wire(weight: i16, sign: u16, scale: u16, digits: &[u16]) -> Vec<u8> {
        let head = [digits.len() as u16, weight as u16, sign, scale];
        head.iter().chain(digits).flat_map(|n| n.to_be_bytes()).collect()
    }

    #[test]
    fn b78_numeric_is_read_in_full() {
        let table = [
            (wire(0, 0, 0, &[]), "0"),
            (wire(0, 0, 2, &[]), "0.00"),
            (wire(1, 0, 3, &[1, 2345, 6780]), "12345.678"),
            (wire(-1, 0x4000, 4, &[5]), "-0.0005"),
            (wire(-2, 0, 8, &[12]), "0.00000012"),
            (wire(2, 0, 0, &[1]), "100000000"),
            (wire(0, 0xC000, 0, &[]), "NaN"),
        ];
        for (bytes, text) in table {
            assert_eq!(to_text(&bytes).as_deref(), Some(text));
        }
        assert_eq!(to_text(&[0, 1]), None);
    }
}
