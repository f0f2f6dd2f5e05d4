from tagger.cli.tag import main

if __name__ == "__main__":
    raise SystemExit(main())
