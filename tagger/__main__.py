from tagger.cli.pumsa import main

if __name__ == "__main__":
    raise SystemExit(main(None))
