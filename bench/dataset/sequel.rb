# Sequel's part of the benchmark: reads a job a line, answers with the nanoseconds it took and what it came to.
# Given a job behind the URL, it does that and tells the most memory it ever had, in kB.
require "sequel"

url = ARGV.fetch(0)
OPTIONS = url.start_with?("sqlite") ? { timeout: 5000, foreign_keys: true, synchronous: :off } : {}
DB = Sequel.connect(url, max_connections: 4, **OPTIONS)
POSTGRES = DB.database_type == :postgres
DB.extension(:pg_streaming) if POSTGRES

User = Sequel::Model(:bench_users)
Post = Sequel::Model(:bench_posts)
Comment = Sequel::Model(:bench_comments)
User.one_to_many :posts, class: Post, key: :user_id
Post.one_to_many :comments, class: Comment, key: :post_id

MEDIUM = lambda do
  DB[:bench_users].left_join(:bench_posts, user_id: Sequel[:bench_users][:id])
    .select(Sequel[:bench_users][:id], :name, :hair_color, Sequel[:bench_posts][:id].as(:post_id), :title)
    .where(hair_color: "black").order(Sequel.desc(:name))
end

# Prepared, as the other side's statements are; inserts have no such thing in Sequel.
TRIVIAL = DB[:bench_users].select(:id, :name, :hair_color).prepare(:select, :trivial)
MEDIUM_PREPARED = MEDIUM.call.unfiltered.where(hair_color: :$color).prepare(:select, :medium)
# Not prepared as `:first`, which leaves the statement open: SQLite would go on reading the same old snapshot.
ALL_BY_KEY = DB[:bench_users].where(id: :$id).limit(1).prepare(:select, :all_by_key)
BY_KEY = DB[:bench_users].select(:id, :name, :hair_color).where(id: :$id).limit(1).prepare(:select, :by_key)
NUMBERS = "with recursive n (n) as (select cast(1 as bigint) union all select n + 1 from n where n < ?) select n from n"

def key(task, n)
  (task * 97 + n * 31) % 10_000 + 1
end

def work(job, a = nil, b = nil)
  case job
  when "ready" then DB.test_connection && 0
  when "trivial" then TRIVIAL.call.size
  when "medium" then MEDIUM_PREPARED.call(color: "black").size
  when "by_key" then BY_KEY.call(id: a).size
  when "all_by_key" then ALL_BY_KEY.call(id: a).size
  when "insert"
    DB[:bench_users].multi_insert(Array.new(a) { |n| { name: "User #{n}", hair_color: "hair color" } })
    a
  when "associations"
    User.eager(posts: :comments).all.sum { |user| user.posts.sum { |post| post.comments.size } }
  when "empty_transaction"
    DB.transaction(POSTGRES ? {} : { mode: :immediate }) {}
    0
  when "build"
    MEDIUM.call.sql
    0
  when "stream"
    numbers = DB.fetch(NUMBERS, a)
    numbers = numbers.stream if POSTGRES
    count = 0
    numbers.each { count += 1 }
    count
  when "gets"
    threads = Array.new(a) { |task| Thread.new { (0...b).sum { |n| BY_KEY.call(id: key(task, n)).size } } }
    threads.sum(&:value)
  end
end

if ARGV[1]
  job, *numbers = ARGV.drop(1)
  work(job, *numbers.map(&:to_i))
  puts File.read("/proc/self/status")[/VmHWM:\s+(\d+)/, 1]
  exit
end

$stdout.sync = true
$stdin.each_line do |line|
  job, *numbers = line.split
  numbers.map!(&:to_i)
  begun = Process.clock_gettime(Process::CLOCK_MONOTONIC, :nanosecond)
  count = work(job, *numbers)
  puts "#{Process.clock_gettime(Process::CLOCK_MONOTONIC, :nanosecond) - begun} #{count}"
end
