//! Guilds: the trades that businesses are paid in (pod.md 3.13).

/// A guild.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Guild {
    /// Its number.
    pub id: i64,
    /// What it is called.
    pub name: &'static str,
    /// What names it in calls.
    pub code: &'static str,
}

const fn guild(id: i64, name: &'static str, code: &'static str) -> Guild {
    Guild { id, name, code }
}

/// All guilds.
pub const GUILDS: [Guild; 4] = [
    guild(561, "سرویس دهندگان", "API_GUILD"),
    guild(47, "فناوری اطلاعات", "INFORMATION_TECHNOLOGY_GUILD"),
    guild(45, "بهداشت و درمان", "HEALTH_GUILD"),
    guild(44, "آرایش و زیبایی", "TOILETRIES_GUILD"),
];

impl Guild {
    /// The one with a code.
    pub fn coded(code: &str) -> Option<&'static Self> {
        GUILDS.iter().find(|guild| guild.code == code)
    }

    /// The one with a number.
    pub fn numbered(id: i64) -> Option<&'static Self> {
        GUILDS.iter().find(|guild| guild.id == id)
    }
}
