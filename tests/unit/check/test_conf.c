// SPDX-License-Identifier: GPL-2.0-only
/* A configuration is read as collectd reads it, and what is none is refused. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "plugin/check/conf.h"
#include "tests/unit/fail_alloc.h"

/* The block of a text, which the caller frees. */
static oconfig_item_t *parse(const char *text, const oconfig_item_t **ret_block, size_t blocks)
{
	oconfig_item_t *root;

	assert_int_equal(check_conf_parse(text, &root), 0);
	assert_int_equal(check_conf_find(root, ret_block), blocks);
	return root;
}

static void test_values(void **state)
{
	const oconfig_item_t *block, *item;
	oconfig_item_t *root = parse("# a comment < \" >\n"
				     "LoadPlugin xdp\r\n"
				     "<plugin \"XDP\">\n"
				     "\tInterface \"eth0\" # the first\n"
				     "  Interface \"/^a\\\\.b\\\"c#d/\"\n"
				     "\n"
				     "  MaxInterfaces 100\n"
				     "  Persist TRUE\n"
				     "  ReportSizes off\n"
				     "  Values one \\\n    -2.5 0x10 10.0.0.1\n"
				     "</Plugin>\n",
				     &block, 1);

	(void)state;
	assert_int_equal(block->children_num, 6);
	item = block->children;
	assert_string_equal(item[0].key, "Interface");
	assert_ptr_equal(item[0].parent, block);
	assert_int_equal(item[0].values_num, 1);
	assert_string_equal(item[0].values[0].value.string, "eth0");
	assert_string_equal(item[1].values[0].value.string, "/^a\\.b\"c#d/");
	assert_int_equal(item[2].values[0].type, OCONFIG_TYPE_NUMBER);
	assert_true(item[2].values[0].value.number == 100);
	assert_int_equal(item[3].values[0].type, OCONFIG_TYPE_BOOLEAN);
	assert_true(item[3].values[0].value.boolean);
	assert_int_equal(item[4].values[0].type, OCONFIG_TYPE_BOOLEAN);
	assert_false(item[4].values[0].value.boolean);
	assert_int_equal(item[5].values_num, 4);
	assert_string_equal(item[5].values[0].value.string, "one");
	assert_true(item[5].values[1].value.number == -2.5);
	assert_true(item[5].values[2].value.number == 16);
	assert_string_equal(item[5].values[3].value.string, "10.0.0.1");
	check_conf_free(root);
}

static void test_blocks(void **state)
{
	const oconfig_item_t *block = NULL, *counter;
	oconfig_item_t *root =
		parse("<Plugin xdp>\n <Counter \"a\">\n  <Map \"m\">\n   Type \"gauge\"\n"
		      "  </Map>\n </Counter>\n</Plugin>\n<Plugin csv>\n</Plugin>\n",
		      &block, 1);

	(void)state;
	counter = block->children;
	assert_string_equal(counter->values[0].value.string, "a");
	assert_ptr_equal(counter->children->parent, counter);
	assert_string_equal(counter->children->children->key, "Type");
	assert_ptr_equal(counter->children->children->parent, counter->children);
	check_conf_free(root);
	check_conf_free(parse("<Plugin xdp>\n</Plugin>\n<Plugin \"xdp\">\n</Plugin>\n", &block, 2));
	check_conf_free(parse("<Other xdp>\n</Other>\n<Plugin>\n</Plugin>\n", &block, 0));
	check_conf_free(parse("", &block, 0));
}

static void test_wrong(void **state)
{
	static const char *const texts[] = {
		"<Plugin xdp>\n",		  /* no end */
		"<Plugin xdp>\n</Plugins>\n",	  /* another end */
		"<Plugin xdp>\n</Other>\n",	  /* the same */
		"</Plugin>\n",			  /* no beginning */
		"<Plugin xdp\nInterface \"a\"\n", /* no bracket */
		"<Plugin \"xdp>\nInterface 1\n",  /* no quote */
		"Interface \"a\\",		  /* the text ends in an escape */
		"Interface \"a\" >\n",		  /* a bracket too many */
		"Interface eth-0\n",		  /* this wants quotes */
		"\"Interface\" eth0\n",		  /* a key wants none */
		"<",				  /* nothing */
		"<Plugin xdp>\n</Plugin",	  /* the end of the text */
	};
	oconfig_item_t *root = NULL;

	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(texts); i++) {
		assert_int_equal(check_conf_parse(texts[i], &root), -EINVAL);
		assert_null(root);
	}
}

/* A stack that a hostile file cannot use up. */
static void test_deep(void **state)
{
	enum { DEPTH = 100000 };
	char *text = malloc(DEPTH * 4 + 1);
	oconfig_item_t *root = NULL;

	(void)state;
	assert_non_null(text);
	for (size_t i = 0; i < DEPTH; i++)
		memcpy(text + 4 * i, "<a>\n", 5);
	assert_int_equal(check_conf_parse(text, &root), -EINVAL);
	assert_null(root);
	free(text);
}

/* Each text that is cut off is a configuration or none, and nothing of it is lost or read behind.
 */
static void test_cut_off(void **state)
{
	static const char whole[] =
		"A 1 \"b\\\"c\" d\n<Plugin xdp>\n <Counter \"a\">\n Type \\\n x\n"
		" </Counter>\n</Plugin>\n";

	(void)state;
	for (size_t size = 0; size < sizeof(whole); size++) {
		char *text = strndup(whole, size);
		oconfig_item_t *root = NULL;
		int err;

		assert_non_null(text);
		err = check_conf_parse(text, &root);
		assert_true(err == 0 || err == -EINVAL);
		check_conf_free(root);
		free(text);
	}
}

static void test_no_file(void **state)
{
	oconfig_item_t *root = NULL;
	char where[64];

	(void)state;
	assert_int_equal(check_conf_read("/nonexistent/file", &root, where, sizeof(where)),
			 -ENOENT);
	assert_string_equal(where, "/nonexistent/file");
	assert_null(root);
}

/* A folder of this test's own, with files in it. */
struct folder {
	char path[64];
};

static void put(const struct folder *folder, const char *name, const char *text)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder->path, name);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static void test_include(void **state)
{
	struct folder folder = {"/tmp/cxdp-conf-XXXXXX"};
	static const char *const names[] = {"main", "b.conf", "a.conf", "README", ".hidden"};
	const oconfig_item_t *block = NULL;
	oconfig_item_t *root;
	char text[256], path[128], where[256];

	(void)state;
	assert_non_null(mkdtemp(folder.path));
	snprintf(text, sizeof(text),
		 "First 1\n<Include \"%s\">\n Filter \"*.conf\"\n</Include>\nInclude \"%s/none*\"\n"
		 "Last 2\n",
		 folder.path, folder.path);
	put(&folder, "main", text);
	put(&folder, "b.conf", "<Plugin xdp>\n Interface \"lo\"\n</Plugin>\n");
	put(&folder, "a.conf", "Second 2\n");
	put(&folder, "README", "<");
	put(&folder, ".hidden", "<");
	snprintf(path, sizeof(path), "%s/main", folder.path);
	assert_int_equal(check_conf_read(path, &root, where, sizeof(where)), 0);
	assert_int_equal(root->children_num, 4);
	assert_string_equal(root->children[0].key, "First");
	assert_string_equal(root->children[1].key, "Second");
	assert_string_equal(root->children[3].key, "Last");
	assert_int_equal(check_conf_find(root, &block), 1);
	assert_ptr_equal(block->children->parent, block);
	check_conf_free(root);
	snprintf(text, sizeof(text), "Include \"%s/main\"\n", folder.path);
	put(&folder, "main", text);
	assert_int_equal(check_conf_read(path, &root, where, sizeof(where)), -ELOOP);
	put(&folder, "main", "One 1\nTwo \"2\n");
	assert_int_equal(check_conf_read(path, &root, where, sizeof(where)), -EINVAL);
	assert_contains(where, "/main, line ");
	for (size_t i = 0; i < UNIT_LENGTH(names); i++) {
		snprintf(path, sizeof(path), "%s/%s", folder.path, names[i]);
		assert_int_equal(remove(path), 0);
	}
	assert_int_equal(remove(folder.path), 0);
}

/* Whichever allocation fails, it is reported, and nothing is lost. */
static void test_memory(void **state)
{
	static const char text[] = "A 1 \"b\"\n<Plugin xdp>\n Interface \"lo\" c\n</Plugin>\n";

	(void)state;
	for (unsigned int n = 1;; n++) {
		oconfig_item_t *root = NULL;
		int err;

		fail_alloc(n);
		err = check_conf_parse(text, &root);
		if (!fail_alloc_happened()) {
			assert_int_equal(err, 0);
			assert_true(n > 5);
			check_conf_free(root);
			return;
		}
		assert_int_equal(err, -ENOMEM);
		assert_null(root);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST("values are strings, numbers and booleans, comments are none",
			  test_values),
		UNIT_TEST("blocks stand in blocks, and those of the plugin are found", test_blocks),
		UNIT_TEST("what is no configuration is refused", test_wrong),
		UNIT_TEST("blocks in blocks without an end are refused", test_deep),
		UNIT_TEST("a text that is cut off anywhere is read safely", test_cut_off),
		UNIT_TEST("a file that is not there is named", test_no_file),
		UNIT_TEST("what is included comes in its place, in order, and not for ever",
			  test_include),
		UNIT_TEST("each allocation may fail", test_memory),
	};

	return cmocka_run_group_tests_name("check/conf", tests, NULL, NULL);
}
