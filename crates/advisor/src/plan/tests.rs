//! Plans of real servers: `golden/<what>-<major>.json`, of 200,000 orders of 20,000 customers.

use model::{Plan, PlanNode};

use super::read;

macro_rules! golden {
    ($name:literal) => {
        [
            ("14", include_str!(concat!("golden/", $name, "-14.json"))),
            ("16", include_str!(concat!("golden/", $name, "-16.json"))),
            ("18", include_str!(concat!("golden/", $name, "-18.json"))),
        ]
        .map(|(major, json)| (major, read(json).unwrap_or_else(|error| panic!("{} of {major}: {error}", $name))))
    };
}

fn find<'p>(plan: &'p Plan, name: &str) -> &'p PlanNode {
    let found = plan.nodes.iter().find(|node| node.name == name);
    found.unwrap_or_else(|| panic!("no {name}: {:?}", plan.nodes.iter().map(|node| &node.name).collect::<Vec<_>>()))
}

/// Everything that is said of a plan.
fn said(plan: &Plan) -> String {
    let of_nodes = plan.nodes.iter().flat_map(|node| &node.remarks);
    plan.remarks.iter().chain(of_nodes).map(|remark| remark.sentence.clone()).collect::<Vec<_>>().join("\n")
}

#[test]
fn rows_read_in_vain_are_counted() {
    for (major, plan) in golden!("filter") {
        let scan = find(&plan, "Seq Scan");
        assert_eq!(scan.on.as_deref(), Some("public.orders"), "{major}");
        assert!(said(&plan).contains("It read 200,000 rows to keep 200. An index"), "{major}: {}", said(&plan));
        assert!(plan.analyzed && plan.execution.is_some() && plan.planning.is_some());
        assert!(scan.details.iter().any(|(name, value)| name == "Filter" && value.contains("'open'")), "{scan:?}");
        assert!(scan.details.iter().any(|(name, _)| name == "Buffers"), "{major}: {scan:?}");
        assert!(
            plan.settings.iter().any(|(name, value)| name == "jit" && value == "off"),
            "{major}: {:?}",
            plan.settings
        );
    }
}

/// EXPLAIN rounds the rows of each run: 0.11 of them, four thousand times, is 0 in PostgreSQL 14 to 17.
#[test]
fn filter_of_repeated_scan_is_judged_per_run() {
    let inner = |scan: &str| {
        let outer =
            r#"{"Node Type": "Seq Scan", "Parent Relationship": "Outer", "Actual Rows": 4000, "Actual Loops": 1}"#;
        let json = format!(
            r#"[{{"Plan": {{"Node Type": "Nested Loop", "Join Type": "Inner", "Actual Rows": 446, "Actual Loops": 1,
                "Plans": [{outer}, {{"Parent Relationship": "Inner", "Actual Loops": 4000, {scan}}}]}}}}]"#
        );
        said(&read(&json).unwrap())
    };
    let lookup = r#""Node Type": "Index Scan", "Index Cond": "(id = o.customer_id)", "Filter": "active""#;
    for (scan, sentence) in [
        (format!(r#"{lookup}, "Actual Rows": 0, "Rows Removed by Filter": 1"#), None),
        (format!(r#"{lookup}, "Actual Rows": 0.11, "Rows Removed by Filter": 0.89"#), None),
        (format!(r#"{lookup}, "Actual Rows": 1, "Rows Removed by Filter": 500"#), None),
        (r#""Node Type": "Seq Scan", "Actual Rows": 0, "Rows Removed by Filter": 1"#.into(), None),
        (
            r#""Node Type": "Seq Scan", "Actual Rows": 0, "Rows Removed by Filter": 500"#.into(),
            Some("In each of its 4,000 runs it read about 500 rows to keep fewer than 1. An index"),
        ),
        (
            r#""Node Type": "Seq Scan", "Actual Rows": 12, "Rows Removed by Filter": 500"#.into(),
            Some("In each of its 4,000 runs it read about 512 rows to keep 12. An index"),
        ),
        (r#""Node Type": "Seq Scan", "Actual Rows": 100, "Rows Removed by Filter": 500"#.into(), None),
    ] {
        match sentence {
            Some(sentence) => assert!(inner(&scan).contains(sentence), "{scan}: {}", inner(&scan)),
            None => assert!(!inner(&scan).contains("An index"), "{scan}: {}", inner(&scan)),
        }
    }
}

#[test]
fn spills_are_told() {
    for (major, plan) in golden!("sort") {
        assert!(said(&plan).contains("The sort did not fit into work_mem and wrote "), "{major}: {}", said(&plan));
        assert!(said(&plan).contains("went through temporary files"), "{major}: {}", said(&plan));
        assert!(plan.settings.contains(&("work_mem".into(), "64kB".into())), "{major}");
    }
    for (major, plan) in golden!("hash") {
        assert!(said(&plan).contains("The hash table did not fit"), "{major}: {}", said(&plan));
        assert!(plan.nodes.iter().any(|node| node.name.ends_with("Left Join") || node.name.ends_with("Right Join")));
    }
    for (major, plan) in golden!("group") {
        assert!(said(&plan).contains("The groups did not fit"), "{major}: {}", said(&plan));
        find(&plan, "HashAggregate");
    }
    for (major, plan) in golden!("bitmap") {
        assert!(said(&plan).contains("The bitmap did not fit into work_mem"), "{major}: {}", said(&plan));
        assert_eq!(find(&plan, "Bitmap Index Scan").on.as_deref(), Some("orders_total"), "{major}");
    }
}

/// The parts make up the whole: no time is counted twice, and none is lost.
#[test]
fn own_times_add_up() {
    let all = [
        golden!("filter"),
        golden!("sort"),
        golden!("hash"),
        golden!("group"),
        golden!("bitmap"),
        golden!("cte"),
        golden!("loop"),
        golden!("parallel"),
        golden!("jit"),
        golden!("never"),
        golden!("limit"),
    ];
    for (major, plan) in all.into_iter().flatten() {
        let own: f64 = plan.nodes.iter().map(|node| node.actual.unwrap().own.unwrap().0).sum();
        let whole = plan.nodes[0].actual.unwrap().total.unwrap().0;
        // Workers do not end all at once.
        assert!((own - whole).abs() <= 0.15 * whole + 0.1, "{major} {}: {own} of {whole}", plan.nodes[0].name);
        let shares: f64 = plan.nodes.iter().map(|node| node.share.0).sum();
        assert!((shares - 1.0).abs() < 1e-6, "{major}: {shares}");
    }
}

#[test]
fn a_cte_is_its_readers_work() {
    for (major, plan) in golden!("cte") {
        let cte = plan.nodes.iter().find(|node| node.role.as_deref() == Some("CTE recent")).unwrap();
        let reader = find(&plan, "CTE Scan");
        let (own, total) = (
            |node: &PlanNode| node.actual.unwrap().own.unwrap().0,
            |node: &PlanNode| node.actual.unwrap().total.unwrap().0,
        );
        assert!(total(reader) >= total(cte), "{major}");
        // The second reader is an InitPlan that the first asks for: each has its own time, once.
        let readers: f64 = plan.nodes.iter().filter(|node| node.name == "CTE Scan").map(own).sum();
        assert!(readers <= total(&plan.nodes[0]) - total(cte) + 0.1, "{major}: {readers}");
        assert_eq!(reader.on.as_deref(), Some("recent b"), "{major}");
    }
}

#[test]
fn misestimates_are_marked_but_not_what_a_limit_cut_short() {
    for (major, plan) in golden!("loop") {
        let outer = plan.nodes.iter().find(|node| node.on.as_ref().is_some_and(|on| on.contains("customers"))).unwrap();
        assert!(outer.off_by.is_some_and(|factor| factor >= 10.0), "{major}: {outer:?}");
        let inner = plan.nodes.iter().find(|node| node.on.as_ref().is_some_and(|on| on.contains("orders"))).unwrap();
        assert!(inner.actual.unwrap().loops > 50.0, "{major}: {inner:?}");
    }
    for (major, plan) in golden!("limit") {
        assert_eq!(plan.nodes[1].off_by, None, "{major}: {:?}", plan.nodes[1]);
        assert_eq!(plan.nodes[1].on.as_deref(), Some("public.orders using orders_pkey"), "{major}");
    }
}

#[test]
fn processes_work_side_by_side() {
    for (major, plan) in golden!("parallel") {
        let scan = find(&plan, "Parallel Seq Scan");
        let actual = scan.actual.unwrap();
        assert!(actual.loops >= 2.0, "{major}: {scan:?}");
        let whole = plan.nodes[0].actual.unwrap().total.unwrap();
        assert!(actual.total.unwrap() <= whole, "{major}: {scan:?} of {whole}");
        find(&plan, "Partial HashAggregate");
        assert!(plan.nodes.iter().any(|node| node.name.starts_with("Finalize ")), "{major}");
        assert!(plan.nodes.iter().flat_map(|node| &node.details).any(|(name, _)| name == "Workers"), "{major}");
    }
}

#[test]
fn what_was_never_executed_is_no_misestimate() {
    for (major, plan) in golden!("never") {
        let never: Vec<_> = plan.nodes.iter().filter(|node| node.actual.unwrap().loops < 1.0).collect();
        assert!(!never.is_empty(), "{major}: {plan:?}");
        assert!(never.iter().all(|node| node.off_by.is_none() && node.share.0 == 0.0), "{major}: {never:?}");
        assert!(said(&plan).contains("never executed"), "{major}");
    }
}

#[test]
fn compilation_that_costs_more_than_it_saves_is_told() {
    for (major, plan) in golden!("jit") {
        let told = said(&plan).contains("Compiling the statement (JIT) took");
        // A server built without LLVM has nothing to compile with.
        let compiled = include_str!("golden/jit-16.json").contains("\"JIT\"");
        assert_eq!(told, compiled, "{major}: {}", said(&plan));
    }
}

#[test]
fn a_plan_that_was_not_run_is_shared_out_by_cost() {
    for (major, plan) in golden!("plain") {
        assert!(!plan.analyzed && plan.execution.is_none(), "{major}");
        assert!(said(&plan).contains("Nothing was run"), "{major}");
        assert!(plan.nodes.iter().all(|node| node.actual.is_none() && node.off_by.is_none()), "{major}");
        let shares: f64 = plan.nodes.iter().map(|node| node.share.0).sum();
        assert!((shares - 1.0).abs() < 1e-6, "{major}: {shares}");
        assert_eq!(plan.nodes[0].depth, 0);
        assert!(plan.nodes.windows(2).all(|pair| pair[1].depth <= pair[0].depth + 1), "{major}");
    }
}

#[test]
fn what_the_planner_would_not_have_done_and_workers_that_did_not_come() {
    let node =
        |inner: &str| format!(r#"[{{"Plan": {{"Node Type": "Gather", "Total Cost": 10, "Plan Rows": 1, {inner}}}}}]"#);
    let few =
        r#""Actual Rows": 1, "Actual Loops": 1, "Actual Total Time": 1.0, "Workers Planned": 4, "Workers Launched": 1"#;
    let plan = read(&node(few)).unwrap();
    assert!(said(&plan).contains("Only 1 of 4 workers came"), "{}", said(&plan));
    // Rows are fractions from 18 on, and times are left out with TIMING off.
    let plan = read(&node(r#""Actual Rows": 0.25, "Actual Loops": 4"#)).unwrap();
    assert_eq!((plan.nodes[0].actual.unwrap().rows, plan.nodes[0].share.0), (0.25, 1.0));
}

#[test]
fn what_is_no_plan_is_refused_and_what_is_large_is_cut() {
    for text in ["", "[]", "{}", "[1]", r#"[{"Plan": 3}]"#, "Seq Scan on t", "null"] {
        assert!(read(text).is_err(), "{text}");
    }
    let deep = format!("[{{\"Plan\": {}{{}}{}}}]", "{\"Plans\": [".repeat(5_000), "]}".repeat(5_000));
    assert!(read(&deep).is_err());
    let wide = vec![r#"{"Node Type": "Seq Scan", "Total Cost": 1}"#; 10_000].join(",");
    let plan = read(&format!(r#"[{{"Plan": {{"Node Type": "Append", "Plans": [{wide}]}}}}]"#)).unwrap();
    assert_eq!((plan.nodes.len(), plan.left_out), (500, 9_501));
}

proptest::proptest! {
    #[test]
    fn no_number_breaks_a_plan(time: f64, loops: f64, rows: f64, cost: f64) {
        let json = serde_json::json!([{ "Plan": {
            "Node Type": "Nested Loop", "Actual Total Time": time, "Actual Loops": loops, "Actual Rows": rows,
            "Total Cost": cost, "Plan Rows": rows,
            "Plans": [
                { "Node Type": "Seq Scan", "Parent Relationship": "Outer", "Plan Rows": rows, "Total Cost": cost },
                { "Node Type": "Index Scan", "Parent Relationship": "Inner", "Actual Loops": loops, "Total Cost": cost },
            ],
        }}]);
        let plan = read(&json.to_string()).unwrap();
        proptest::prop_assert!(plan.nodes.iter().all(|node| !node.share.0.is_nan()));
    }
}
