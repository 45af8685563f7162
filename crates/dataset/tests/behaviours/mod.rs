//! What must hold on every database. The numbers are those of the specification's list of behaviours.
#![allow(clippy::unwrap_used, dead_code, unused_imports, missing_docs, unreachable_pub, clippy::missing_panics_doc)]

mod cancel;
mod compound;
mod errors;
mod gaps;
mod hooks;
mod joining;
mod keys;
mod meaning;
mod migrations;
mod reading;
mod schema;
mod selecting;
mod servers;
mod texts;
mod transactions;
mod types;
mod verbs;
mod writing;

pub use cancel::*;
pub use compound::*;
pub use errors::*;
pub use gaps::*;
pub use hooks::*;
pub use joining::*;
pub use keys::*;
pub use meaning::*;
pub use migrations::*;
pub use reading::*;
pub use schema::*;
pub use selecting::*;
pub use servers::*;
pub use texts::*;
pub use transactions::*;
pub use types::*;
pub use verbs::*;
pub use writing::*;

use dataset::{Database, Dialect, row};
use serde::Deserialize;

/// The one list: hands every behaviour's name to a macro.
#[macro_export]
macro_rules! for_every_behaviour {
    ($do:ident) => {
        $do! {
            b01_b02_keys_are_sequential_and_returned
            b03_nulls_stand_where_they_are_told
            b04_every_kind_of_join
            b04_join_and_left_join
            b05_lateral_or_a_clear_error
            b06_rows_arrive_as_read
            b07_pages_by_key
            b07_pages_by_number
            b08_a_stream_left_early_leaves_the_connection_usable
            b09_first_and_single_value
            b09_the_last_row_and_other_orders
            b10_limit_and_offset
            b11_limit_in_subselect_and_from_self
            b12_aliases
            b13_booleans_as_filters
            b14_odd_names
            b14_names_that_are_none
            b15_count_of_a_limited_join
            b15_count_of_what_is_left
            b16_filtered_aggregates
            b17_aggregates
            b18_sets_with_order_and_limit
            b18_union_all_with_order_and_limit
            b19_common_table_expression
            b19_recursive_cte
            b20_windows_and_frames
            b21_exists_with_limit_and_offset
            b22_group_and_count_and_totals
            b22_group_and_having
            b23_exists_as_a_condition
            b24_placeholders_in_raw_sql
            b25_columns_beside_an_aggregate
            b25_having_and_distinct
            b26_hashes_of_rows_and_groups
            b26_maps_and_hashes
            b27_arithmetic_and_case
            b27_any_expression_means_the_same
            b27_bits_of_negative_numbers
            b27_bits_and_inequality
            b28_ranges
            b29_null_is_is_null
            b30_in_lists
            b31_case_of_several_branches
            b32_tuples_in_lists_and_datasets
            b33_in_dataset
            b34_like_is_case_sensitive_and_escaped
            b35_locks_or_a_clear_error
            b36_nowait_is_a_lock_timeout
            b37_four_tasks_iterate_at_once
            b38_update_and_delete_of_joins
            b38_update_and_delete_tell_how_many
            b38_update_and_delete_with_a_limit
            b39_delete_and_truncate
            b40_defaults_by_name
            b41_a_row_of_nulls
            b42_insert_from_a_dataset
            b42_multi_insert_in_slices
            b43_keys_of_many
            b44_returning_or_a_clear_error
            b45_cte_in_insert_update_and_delete
            b46_replace_or_a_clear_error
            b47_find_or_create
            b47_insert_ignore
            b47_upsert
            b47_upsert_where
            b48_any_text_is_a_value_a_pattern_and_a_name
            b48_strings_and_bytes_come_back
            b49_rollback_on_error
            b50_writes_inside_are_seen_inside
            b51_an_abandoned_savepoint_is_rolled_back
            b51_savepoints
            b52_rollback_on_exit
            b53_always_rolled_back
            b54_a_failed_statement_forbids_commit_or_is_harmless
            b54_a_failed_statement_in_a_savepoint_leaves_the_transaction_usable
            b55_early_return_commits
            b56_isolation_levels
            b57_hooks_after_commit_and_rollback
            b57_hooks_of_savepoints
            b58_retries_are_bounded
            b59_read_only_transaction
            b60_errors_tell_statement_and_kind
            b61_constraint_kinds
            b61_constraints_have_names
            b63_close_twice
            b67_more_tasks_than_connections
            b73_advisory_lock
            b75_nulls_are_bound
            b76_same_text_with_other_types
            b76_statements_outlive_a_change_of_their_table
            b77_values_come_back
            b78_misfits_are_named
            b78_serde_shapes
            b79_times_are_utc
            b80_b81_columns_keys_and_defaults
            b82_indexes
            b83_foreign_keys
            b84_b85_create_and_drop_where_needed
            b86_tables_and_views
            b87_table_exists
            b88_migrations_up_and_down
            b89_a_failed_migration_keeps_the_last_good_version
            b90_migrations_that_came_in_between
            b91_migrations_that_do_not_fit
            b92_two_migrators_at_once
            migration_without_a_transaction_runs_what_none_allows
            migration_that_failed_halfway_can_be_corrected
            b93_comments_and_bans
            b94_pages
            b95_a_handle_that_outlives_its_transaction_is_dead
            b95_cancelled_anywhere_the_pool_stays_clean
            b95_cancelled_at_every_await
            b95_dropped_at_random_awaits
            b95_one_statement_at_a_time
            b96_many_values
            b96_numbers_beyond_the_database
            insert_after_a_key_change_returns_the_new_key
            limited_writes_after_a_key_change_hit_their_rows_only
            limited_writes_hit_rows_that_no_key_tells_apart
            limited_writes_of_many_tasks_share_no_row
            b97_every_row_of_the_gap_table
            b97_nothing_is_left_out_of_a_write
        }
    };
}

/// The behaviours of several databases, or of one that is connected to in a way of its own.
#[macro_export]
macro_rules! for_every_behaviour_of_servers {
    ($do:ident) => {
        $do! {
            b58_conflicts_are_tried_again
            b62_a_database_tells_whether_it_is_there
            b64_never_more_than_the_pool_may_have
            b65_pool_timeout
            b65_the_pool_counts_those_it_kept_waiting_in_vain
            b66_a_broken_connection_is_dropped
            b66_a_connect_statement_that_fails_says_so
            b68_connections_in_use_are_closed_when_they_come_back
            b69_reads_go_to_replicas_writes_to_the_primary
            b70_servers_come_and_go
            b71_idle_connections_are_asked_for_a_sign_of_life
            b71_old_connections_are_replaced
            b72_a_handle_for_one_server
        }
    };
}

/// Where new, empty databases come from.
pub struct Fresh {
    pub sqlite: bool,
    pub make: Box<dyn Fn() -> futures::future::BoxFuture<'static, String> + Send + Sync>,
}

impl Fresh {
    pub async fn url(&self) -> String {
        (self.make)().await
    }
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Check {
    pub id: i64,
    pub kind: Option<String>,
    pub millis: f64,
}

/// `checks(id, kind, millis)` with a generated key.
pub async fn checks(db: &Database) {
    let sql = match db.dialect() {
        Dialect::Postgres => {
            "create table checks (id bigserial primary key, kind text, millis double precision not null default 0)"
        }
        Dialect::Sqlite => "create table checks (id integer primary key, kind text, millis double not null default 0)",
        _ => {
            "create table checks (id bigint auto_increment primary key, kind varchar(100), millis double not null default 0)"
        }
    };
    db.execute(sql, []).await.unwrap();
}

/// The same with five rows: a 1, b 2, a 3, NULL 4, c 5.
pub async fn five_checks(db: &Database) {
    checks(db).await;
    let kinds = [Some("a"), Some("b"), Some("a"), None, Some("c")];
    let rows = kinds.iter().zip(1..).map(|(kind, n)| row! { kind: *kind, millis: f64::from(n) }).collect();
    assert_eq!(db.from("checks").multi_insert(rows).await.unwrap(), 5);
}
