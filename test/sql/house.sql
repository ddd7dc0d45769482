-- What must hold for every object of the extension, whoever adds it.
\set open_names `grep -v '^#' "$PG_ABS_SRCDIR/tools/open_to_public.txt" | sed "s/.*/'&'/" | paste -sd, | sed 's/.*/ARRAY[&]/'`
CREATE EXTENSION personatwin;
CREATE ROLE house_nobody;
CREATE VIEW members AS
  SELECT d.classid, d.objid, pg_describe_object(d.classid, d.objid, 0) AS object
    FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid
   WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e' AND e.extname = 'personatwin';
SELECT count(*) > 5 AS there_are_members FROM members;
CREATE VIEW problems AS
  -- every object, column and field has a comment
  SELECT 'no comment' AS problem, object FROM members
   WHERE obj_description(objid, classid::regclass::name) IS NULL
     AND object !~ '\[\]$' -- array types
     AND NOT EXISTS (SELECT FROM pg_type t WHERE classid = 'pg_type'::regclass AND t.oid = objid -- row types of tables
                        AND t.typrelid <> 0 AND (SELECT relkind FROM pg_class WHERE oid = t.typrelid) <> 'c')
  UNION ALL
  SELECT 'no comment', c.oid::regclass || '.' || a.attname
    FROM members m
    JOIN pg_class c ON (m.classid = 'pg_class'::regclass AND c.oid = m.objid)
                    OR (m.classid = 'pg_type'::regclass AND c.reltype = m.objid AND c.relkind = 'c')
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
   WHERE c.relkind IN ('r', 'v', 'm', 'p', 'c', 'f') AND col_description(c.oid, a.attnum) IS NULL
  UNION ALL
  -- names: user objects begin with pt_, the rest lives in schema personatwin
  SELECT 'name', object FROM members
   WHERE object <> 'schema personatwin'
     AND object !~ '(^| )personatwin\.|^cast '
     AND object !~ '^(function|procedure|aggregate|type|view) pt_'
  UNION ALL
  -- nothing runs with the rights of its owner
  SELECT 'security definer', p.oid::regprocedure::text FROM members m JOIN pg_proc p ON p.oid = m.objid
   WHERE m.classid = 'pg_proc'::regclass AND p.prosecdef
  UNION ALL
  -- names in procedural functions do not depend on the caller's search path
  SELECT 'search path', p.oid::regprocedure::text
    FROM members m JOIN pg_proc p ON p.oid = m.objid JOIN pg_language l ON l.oid = p.prolang
   WHERE m.classid = 'pg_proc'::regclass AND l.lanname NOT IN ('c', 'internal')
     AND NOT (l.lanname = 'sql' AND p.prosqlbody IS NOT NULL)
     AND NOT EXISTS (SELECT FROM unnest(p.proconfig) AS s WHERE s LIKE 'search_path=%')
  UNION ALL
  -- PUBLIC may call what neither reads nor writes data
  SELECT 'open to PUBLIC', p.oid::regprocedure::text FROM members m JOIN pg_proc p ON p.oid = m.objid
   WHERE m.classid = 'pg_proc'::regclass AND has_function_privilege('house_nobody', p.oid, 'EXECUTE')
     AND p.proname <> ALL (:open_names)
  UNION ALL
  -- and nothing that is listed as open is missing or closed
  SELECT 'not open to PUBLIC', name FROM unnest(:open_names) AS listed(name)
   WHERE NOT EXISTS (SELECT FROM members m JOIN pg_proc p ON p.oid = m.objid
                      WHERE m.classid = 'pg_proc'::regclass AND p.proname = name AND has_function_privilege('house_nobody', p.oid, 'EXECUTE'))
  UNION ALL
  -- what is open changes nothing
  SELECT 'volatile, open to PUBLIC', p.oid::regprocedure::text FROM members m JOIN pg_proc p ON p.oid = m.objid
   WHERE m.classid = 'pg_proc'::regclass AND has_function_privilege('house_nobody', p.oid, 'EXECUTE') AND p.provolatile = 'v'
  UNION ALL
  -- and reaches no table
  SELECT 'open to PUBLIC', object FROM members m JOIN pg_class c ON m.classid = 'pg_class'::regclass AND c.oid = m.objid
   WHERE (c.relkind = 'S' AND has_sequence_privilege('house_nobody', c.oid, 'USAGE, SELECT, UPDATE'))
      OR (c.relkind IN ('r', 'v', 'm', 'p')
          AND (has_table_privilege('house_nobody', c.oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER')
               OR has_any_column_privilege('house_nobody', c.oid, 'SELECT, INSERT, UPDATE, REFERENCES')))
  UNION ALL
  SELECT 'open to PUBLIC', 'schema personatwin' WHERE has_schema_privilege('house_nobody', 'personatwin', 'USAGE');
SELECT * FROM problems ORDER BY 1, 2;

-- the view sees what is planted
CREATE FUNCTION bad() RETURNS int LANGUAGE plpgsql SECURITY DEFINER AS 'BEGIN RETURN 1; END';
CREATE TABLE worse (a int);
GRANT SELECT (a) ON worse TO PUBLIC;
CREATE SEQUENCE personatwin.counter;
GRANT USAGE ON SEQUENCE personatwin.counter TO PUBLIC;
GRANT USAGE ON SCHEMA personatwin TO PUBLIC;
CREATE TYPE pt_pair AS (a int, b int);
ALTER EXTENSION personatwin ADD FUNCTION bad();
ALTER EXTENSION personatwin ADD TABLE worse;
ALTER EXTENSION personatwin ADD SEQUENCE personatwin.counter;
ALTER EXTENSION personatwin ADD TYPE pt_pair;
SELECT * FROM problems ORDER BY 1, 2;

DROP VIEW problems, members;
DROP EXTENSION personatwin;
DROP ROLE house_nobody;
