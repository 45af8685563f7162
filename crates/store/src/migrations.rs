//! The store's versions, oldest first. A version that has been released is never changed.

use dataset::Migration;

macro_rules! migration {
    ($version:literal, $name:literal) => {
        Migration {
            version: $version,
            name: $name,
            postgres: include_str!(concat!("../migrations/", $name, ".postgres.sql")),
            sqlite: include_str!(concat!("../migrations/", $name, ".sqlite.sql")),
            mysql: include_str!(concat!("../migrations/", $name, ".mysql.sql")),
            down: None,
        }
    };
}

pub(crate) const ALL: &[Migration] = &[
    migration!(1, "0001_history"),
    migration!(2, "0002_people"),
    migration!(3, "0003_space"),
    migration!(4, "0004_system"),
    migration!(5, "0005_import"),
    migration!(6, "0006_audit"),
    migration!(7, "0007_node"),
    migration!(8, "0008_rollup"),
];
