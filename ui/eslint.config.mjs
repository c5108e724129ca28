import tseslint from "typescript-eslint";

// Code flows one way: app -> features -> shared (components, lib, api, i18n). Features meet only in app/.
const shared = ["src/components/**", "src/lib/**", "src/api/**", "src/i18n/**"];
export default tseslint.config(
  { ignores: ["dist", "node_modules", "src/api/schema.gen.ts"] },
  ...tseslint.configs.recommended,
  {
    rules: {
      "@typescript-eslint/no-explicit-any": "error",
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_" }],
    },
  },
  {
    files: shared,
    rules: {
      "no-restricted-imports": ["error", { patterns: [{ group: ["**/features/**", "**/app/**"], message: "shared code knows no feature" }] }],
    },
  },
  // In features/<noun>/x.tsx "../" leads to another feature, one folder deeper "../../" does.
  ...[
    [["src/features/*/*"], "^\\.\\./(?!\\.\\./)"],
    [["src/features/*/*/*"], "^\\.\\./\\.\\./(?!\\.\\./)"],
  ].map(([files, regex]) => ({
    files,
    rules: { "no-restricted-imports": ["error", { patterns: [{ regex, message: "features meet only in app/" }, { group: ["**/app/**"], message: "features do not know app/" }] }] },
  })),
);
