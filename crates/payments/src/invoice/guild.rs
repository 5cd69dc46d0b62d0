//! Guilds: the trades in which businesses are paid (pod.md 3.13).

/// A guild.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Guild {
    /// The guild's number.
    pub id: i64,
    /// The guild's name, in Persian.
    pub name: &'static str,
    /// The guild's code in calls.
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
    /// The guild with a code.
    pub fn coded(code: &str) -> Option<&'static Self> {
        GUILDS.iter().find(|guild| guild.code == code)
    }

    /// The guild with a number.
    pub fn numbered(id: i64) -> Option<&'static Self> {
        GUILDS.iter().find(|guild| guild.id == id)
    }
}
