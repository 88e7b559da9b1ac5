//! The name of a sensor's file: `temp1_crit_alarm` is the property `crit_alarm` of `temp1`.

/// What a file's name says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SensorFile<'a> {
    /// `temp`, `fan`, ...; all that stands before the first digit.
    pub kind: &'a str,
    /// Its number among its kind; 0 where it has none.
    pub number: u32,
    /// `input`, `max`, ...; empty for `pwm1`.
    pub property: &'a str,
}

impl SensorFile<'_> {
    /// Reads a name; `None` where it is no sensor's. `^([^0-9]+)([0-9]*)(_(.+))?$`.
    pub fn of(name: &str) -> Option<SensorFile<'_>> {
        let digits = name.find(|letter: char| letter.is_ascii_digit());
        let (kind, rest) = name.split_at(digits.unwrap_or(name.len()));
        let after = rest.find(|letter: char| !letter.is_ascii_digit());
        let (number, rest) = rest.split_at(after.unwrap_or(rest.len()));
        let property = match rest.strip_prefix('_') {
            Some("") => return None,
            Some(property) => property,
            None if rest.is_empty() => "",
            None => return None,
        };
        if kind.is_empty() {
            return None;
        }
        Some(SensorFile {
            kind,
            number: if number.is_empty() {
                0
            } else {
                number.parse().ok()?
            },
            property,
        })
    }

    /// The sensor's name, as node_exporter has it: `temp1`, `update_interval0`.
    pub fn sensor(&self) -> String {
        format!("{}{}", self.kind, self.number)
    }

    /// The key of its number in `HwmonValues`: `temp_crit_alarm`, `pwm_`.
    pub fn key(&self) -> String {
        format!("{}_{}", self.kind, self.property)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_kind_a_number_and_a_property() {
        for (name, kind, number, property) in [
            ("temp1_input", "temp", 1, "input"),
            ("in0_min_alarm", "in", 0, "min_alarm"),
            (
                "power12_average_interval_max",
                "power",
                12,
                "average_interval_max",
            ),
            ("pwm3", "pwm", 3, ""),
            ("pwm1_auto_point2_temp", "pwm", 1, "auto_point2_temp"),
            ("beep_enable", "beep_enable", 0, ""),
            ("name", "name", 0, ""),
        ] {
            let expected = SensorFile {
                kind,
                number,
                property,
            };
            assert_eq!(SensorFile::of(name), Some(expected), "{name}");
        }
        for name in ["", "1_input", "temp1x", "temp1_", "temp99999999999_input"] {
            assert_eq!(SensorFile::of(name), None, "{name}");
        }
    }
}
