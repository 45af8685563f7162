//! Texts made at random come back as they went in, wherever they stand; and many of them take no more memory than one.

use dataset::{Database, Dialect, Kind, Value, Values, col, row};
use futures::TryStreamExt;

use super::checks;

/// What means something to a shell, a pattern, a driver or a server, and letters of every length.
const PIECES: [&str; 40] = [
    "'", "\"", "`", "\\", "%", "_", "?", "??", "$1", "$$", ":x", ";", "--", "/*", "*/", "#", "[", "]", "(", ")", "{}",
    "@", "!", "^", "&", "|", "\n", "\t", "\r", "a", "A", "b", "0", " ", "é", "ß", "漢", "\u{301}", "😀", "NULL",
];

fn text() -> String {
    (0..rand::random_range(1..9)).map(|_| PIECES[rand::random_range(0..PIECES.len())]).collect()
}

pub async fn b48_any_text_is_a_value_a_pattern_and_a_name(db: Database) {
    checks(&db).await;
    let mysql = matches!(db.dialect(), Dialect::MySql | Dialect::MariaDb);
    let ds = db.from("checks");
    for _ in 0..40 {
        let (one, other) = (text(), text());
        let held = format!("{other}{one}{other}");
        ds.delete().await.unwrap();
        ds.multi_insert(vec![row! { id: 1, kind: one.as_str() }, row! { id: 2, kind: held.as_str() }]).await.unwrap();
        // As a value.
        let back: Vec<String> = ds.clone().order(col("id").asc()).select_map("kind").await.unwrap();
        assert_eq!(back, [one.as_str(), held.as_str()]);
        let found = ds.clone().filter(col("kind").eq(one.as_str())).select_map::<i64>("id").await.unwrap();
        assert!(found.contains(&1), "{one:?}");
        assert!(ds.clone().filter(col("kind").is_in([one.as_str(), "x"])).exists().await.unwrap(), "{one:?}");
        // As a pattern that matches what holds it, and only that.
        let ids = async |e| ds.clone().filter(e).order(col("id").asc()).select_map::<i64>("id").await.unwrap();
        let want = |second: bool| if second { vec![1, 2] } else { vec![1] };
        assert_eq!(ids(col("kind").contains(&one)).await, [1, 2], "{one:?} in {held:?}");
        assert_eq!(ids(col("kind").starts_with(&one)).await, want(held.starts_with(&one)), "{one:?} {held:?}");
        assert_eq!(ids(col("kind").ends_with(&one)).await, want(held.ends_with(&one)), "{one:?} {held:?}");
        assert_eq!(ids(col("kind").icontains(&one)).await, [1, 2], "{one:?} in {held:?}");
        assert_eq!(ids(!col("kind").contains(&held)).await, if one.contains(&held) { vec![] } else { vec![1] });
        // As a name. MySQL's hold no characters beyond the first 65 536, and neither begin nor end with a space.
        let renamed = ds.clone().select_as(col("id"), one.as_str()).from_self().order(col(one.as_str()).desc());
        let rows = renamed.rows().await;
        if mysql && one.starts_with(|c: char| c <= ' ') {
            assert_eq!(rows.unwrap_err().kind(), Kind::InvalidOperation);
        } else if mysql && (one.contains('😀') || one.ends_with(' ')) {
            assert!(rows.is_ok() || rows.is_err_and(|e| matches!(e.kind(), Kind::InvalidValue | Kind::Other)));
        } else {
            assert_eq!(rows.unwrap()[0].get(&one), Some(&Value::Int(2)), "{one:?}");
        }
    }
    // As the names of a table and a column.
    for n in 0..8 {
        let (table, column) = (format!("{}{n}", text()), format!("{}{n}", text()));
        if mysql && (table.contains('😀') || column.contains('😀')) {
            continue;
        }
        let quoted = |name: &str| match mysql {
            true => format!("`{}`", name.replace('`', "``")),
            false => format!("\"{}\"", name.replace('"', "\"\"")),
        };
        let sql = format!("create table {} ({} integer primary key)", quoted(&table), quoted(&column));
        db.execute(sql.leak(), []).await.unwrap();
        assert!(db.table_exists(table.as_str()).await.unwrap(), "{table:?}");
        assert_eq!(db.columns(table.as_str()).await.unwrap()[0].name, column);
        assert_eq!(db.primary_key(table.as_str()).await.unwrap(), [column.as_str()]);
        let odd = db.from(table.as_str());
        assert_eq!(odd.insert(Values::new().set(column.as_str(), 7)).await.unwrap(), 7);
        assert_eq!(odd.update(Values::new().set(column.as_str(), col(column.as_str()) + 1)).await.unwrap(), 1);
        let qualified = col((table.as_str(), column.as_str()));
        assert_eq!(odd.filter(qualified.eq(8)).get::<i64>(column.as_str()).await.unwrap(), Some(8), "{table:?}");
    }
}

/// 120 MB of rows pass through, and this process does not grow by half of that. To be run alone in its process.
pub async fn b98_a_stream_takes_constant_memory(db: Database) {
    let rows = match db.dialect() {
        Dialect::Postgres => "select x, repeat('x', 2000) from generate_series(1, 60000) x",
        Dialect::Sqlite => {
            "with recursive n(x) as (select 1 union all select x + 1 from n where x < 60000) select x, hex(zeroblob(1000)) from n"
        }
        _ => "select seq, repeat('x', 2000) from seq_1_to_60000",
    };
    let mut stream = Box::pin(db.fetch(rows, []).stream::<(i64, String)>());
    let (mut seen, mut before) = (0, None);
    while let Some((x, text)) = stream.try_next().await.unwrap() {
        seen += 1;
        assert_eq!((x, text.len()), (seen, 2000));
        if seen == 1000 {
            before = Some(resident());
        }
    }
    assert_eq!(seen, 60_000);
    let grown = resident().saturating_sub(before.unwrap());
    assert!(grown < 50_000, "{grown} kB for 120 MB of rows");
}

/// Kilobytes of memory this process has now.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}
